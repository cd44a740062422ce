package org.dlora.catalogue.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.dlora.catalogue.source.unpack.AdapterFiles;

/**
 * Hash of an adapter's folder. SHA-256 goes over the adapter's version, which is that of its
 * weights ({@link org.dlora.adapter.RegisteredAdapter#validate}), and over the names and bytes of
 * all other files that are kept: configuration, tokenizer, chat template and generation defaults.
 * So folders of one hash are served alike by any base model. How the weights are spread over files
 * does not matter.
 */
final class FolderHash {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final String FORMAT = "dlora adapter folder 1";

    private FolderHash() {}

    static boolean isOne(String text) {
        return HASH.matcher(text).matches();
    }

    /**
     * Returns 64 characters of lower-case hex.
     *
     * @param version the hash of the weights in {@code folder}
     */
    static String of(String version, Path folder) throws IOException {
        var digest = sha256();
        text(digest, FORMAT);
        text(digest, version);
        try (var files = Files.list(folder)) {
            for (var file : files.filter(FolderHash::counts).sorted().toList()) {
                text(digest, String.valueOf(file.getFileName()));
                bytes(digest, Files.readAllBytes(file));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static boolean counts(Path file) {
        var name = String.valueOf(file.getFileName());
        return AdapterFiles.isKept(name) && !name.contains(".safetensors");
    }

    private static void text(MessageDigest digest, String text) {
        bytes(digest, text.getBytes(UTF_8));
    }

    private static void bytes(MessageDigest digest, byte[] bytes) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, bytes.length));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

package org.dlora.catalogue.source.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Hashes by which the hub names contents: SHA-256, or the SHA-1 of Git's blob. */
final class BlobHash {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}|[0-9a-f]{40}");
    private static final int SHA_256_DIGITS = 64;
    private static final int CHUNK = 1 << 16;

    private BlobHash() {}

    static boolean isOne(String text) {
        return HASH.matcher(text).matches();
    }

    /** Returns whether the content of {@code file} has that hash. */
    static boolean fits(Path file, String hash) throws IOException {
        var digest = digest(hash.length() == SHA_256_DIGITS ? "SHA-256" : "SHA-1");
        if (hash.length() != SHA_256_DIGITS) {
            digest.update("blob %d\0".formatted(Files.size(file)).getBytes(US_ASCII));
        }
        var chunk = new byte[CHUNK];
        try (var in = Files.newInputStream(file)) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest()).equals(hash);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}

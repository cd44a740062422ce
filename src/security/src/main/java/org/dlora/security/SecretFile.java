package org.dlora.security;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The server's secret in a file that only its user reads. It appears whole or not at all, and a
 * file that is there is never replaced, as the hashes of all keys depend on it.
 */
public final class SecretFile implements SecretSource {
    private final Path file;

    /**
     * @param file 64 hexadecimal digits; made with the first key
     */
    public SecretFile(Path file) {
        this.file = file;
    }

    /** Returns whether there is a secret, so that there may be keys. */
    public boolean exists() {
        return Files.exists(file);
    }

    @Override
    public Optional<KeySecret> find() {
        try {
            var digits = Files.readString(file).strip();
            return Optional.of(KeySecret.of(HexFormat.of().parseHex(digits)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new AccessUnavailableException(
                    "The secret of the keys, %s, cannot be read: %s".formatted(file, e), e);
        } catch (IllegalArgumentException e) {
            throw new AccessUnavailableException(
                    "The secret of the keys, %s, must be 64 hexadecimal digits: %s"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    @Override
    public KeySecret obtain() {
        return find().orElseGet(this::create);
    }

    private KeySecret create() {
        var draft = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID());
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try {
                write(draft, HexFormat.of().formatHex(KeySecret.newBytes()));
                // A link, unlike a move, fails if another server was faster.
                Files.createLink(file, draft);
            } catch (FileAlreadyExistsException _) {
                // Its secret holds.
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new AccessUnavailableException(
                    "The secret of the keys, %s, cannot be written: %s".formatted(file, e), e);
        }
        return find().orElseThrow(() ->
                new AccessUnavailableException(
                        "The secret of the keys, %s, has vanished".formatted(file), null));
    }

    private static void write(Path draft, String digits) throws IOException {
        try (var channel =
                FileChannel.open(
                        draft,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))) {
            var bytes = ByteBuffer.wrap((digits + "\n").getBytes(US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }
}

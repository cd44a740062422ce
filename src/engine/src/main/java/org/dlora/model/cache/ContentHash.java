package org.dlora.model.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Hash of a checkpoint's content: the SHA-256 of the files' sizes and of the SHA-256 of each 16 MB.
 * All processors compute it together, and nobody can make a second model with the same hash.
 */
public final class ContentHash {
    private static final int CHUNK = 16 << 20;
    private static final int BUFFER = 1 << 18;

    private ContentHash() {}

    /**
     * Returns the hash of {@code files}, in their order, in hexadecimal.
     *
     * @throws UncheckedIOException if a file cannot be read
     */
    public static String of(List<Path> files) {
        var whole = sha256();
        for (var file : files) {
            try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
                long size = channel.size();
                whole.update(ByteBuffer.allocate(Long.BYTES).putLong(0, size));
                IntStream.range(0, Math.toIntExact(Math.ceilDiv(size, CHUNK)))
                        .parallel()
                        .mapToObj(chunk -> hash(channel, (long) chunk * CHUNK))
                        .toList()
                        .forEach(whole::update);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return HexFormat.of().formatHex(whole.digest());
    }

    private static byte[] hash(FileChannel channel, long first) {
        var digest = sha256();
        var buffer = ByteBuffer.allocate(BUFFER);
        try {
            for (int done = 0; done < CHUNK; done += buffer.limit()) {
                int read = channel.read(buffer.clear(), first + done);
                if (read <= 0) {
                    break;
                }
                digest.update(buffer.flip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return digest.digest();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

package org.dlora.model.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hash by its description: sizes, big-endian, and the SHA-256 of each 16 MB. */
class ContentHashTest {
    private static final int CHUNK = 16 << 20;

    @TempDir Path folder;

    @Test
    void coversSizesAndContentsInOrder() throws Exception {
        var a = file("a", new byte[] {1, 2, 3});
        var b = file("b", new byte[0]);
        assertThat(ContentHash.of(List.of(a, b)))
                .isEqualTo(hash(size(3), sha256(new byte[] {1, 2, 3}), size(0)));
        assertThat(ContentHash.of(List.of(b, a))).isNotEqualTo(ContentHash.of(List.of(a, b)));
        assertThat(ContentHash.of(List.of())).isEqualTo(hash());
    }

    @Test
    void hashesEachChunkByItself() throws Exception {
        var bytes = new byte[CHUNK + 1];
        bytes[CHUNK - 1] = 5;
        bytes[CHUNK] = 7;
        var expected =
                hash(size(CHUNK + 1), sha256(Arrays.copyOf(bytes, CHUNK)), sha256(new byte[] {7}));
        assertThat(ContentHash.of(List.of(file("large", bytes)))).isEqualTo(expected);
        var whole = Arrays.copyOf(bytes, CHUNK);
        assertThat(ContentHash.of(List.of(file("whole", whole))))
                .isEqualTo(hash(size(CHUNK), sha256(whole)));
    }

    @Test
    void namesAFileThatCannotBeRead() {
        assertThatThrownBy(() -> ContentHash.of(List.of(folder.resolve("none"))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("none");
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static byte[] size(long bytes) {
        return ByteBuffer.allocate(8).putLong(bytes).array();
    }

    private static byte[] sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static String hash(byte[]... parts) throws NoSuchAlgorithmException {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            all.writeBytes(part);
        }
        return HexFormat.of().formatHex(sha256(all.toByteArray()));
    }
}

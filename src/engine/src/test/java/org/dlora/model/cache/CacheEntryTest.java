package org.dlora.model.cache;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file of packed matrices, from the writer to the mapped entry. */
class CacheEntryTest {
    private static final int CHUNK = 4 << 20;
    private static final int BLOCK = 16 << 20;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, CHUNK + 1, BLOCK + 1})
    void matricesOfAnySizeComeBackOnTheirBoundaries(int size) throws IOException {
        var first = random(size, 1);
        var second = random(130, 2);
        write(first, second);
        var advised = new ArrayList<MemorySegment>();
        try (var entry = CacheEntry.open(folder, "entry", advised::add)) {
            assertIs(entry.matrix("first").orElseThrow(), first);
            assertIs(entry.matrix("second").orElseThrow(), second);
            assertThat(entry.matrix("third")).isEmpty();
            assertThat(entry.matrix("checksums")).isEmpty();
        }
        assertThat(advised).hasSize(2);
    }

    private static void assertIs(MemorySegment matrix, MemorySegment expected) {
        int size = (int) expected.byteSize();
        int padded = Math.ceilDiv(size, 64) * 64;
        assertThat(matrix.address() % 64).isZero();
        assertThat(matrix.byteSize()).isEqualTo(padded);
        assertThat(matrix.asSlice(0, size).mismatch(expected)).isEqualTo(-1);
        assertThat(matrix.asSlice(size).toArray(JAVA_BYTE)).isEqualTo(new byte[padded - size]);
    }

    /** In data, in padding and in the checksums, at either end. */
    @Test
    void aFlippedBitAnywhereBehindTheHeaderIsFound() throws IOException {
        write(random(100, 1), random(64, 2));
        var file = folder.resolve("entry.safetensors");
        var sound = Files.readAllBytes(file);
        int data = 8 + (int) ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertThat(sound).hasSize(data + 128 + 64 + 2 * 4);
        for (int at : new int[] {0, 99, 100, 127, 128, 191, 192, 199}) {
            var damaged = sound.clone();
            damaged[data + at] ^= 1;
            Files.write(file, damaged);
            assertThatExceptionOfType(LoadException.class)
                    .as("byte %d", at)
                    .isThrownBy(() -> CacheEntry.open(folder, "entry", _ -> {}))
                    .withMessage("entry.safetensors: is damaged, its checksums do not fit");
        }
    }

    @Test
    void aFileWithoutChecksumsIsNoEntry() throws IOException {
        var header = "{\"first\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
        var file = ByteBuffer.allocate(9 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length()).put(header.getBytes(UTF_8));
        Files.write(folder.resolve("entry.safetensors"), file.array());
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> CacheEntry.open(folder, "entry", _ -> {}))
                .withMessageContaining("checksums do not fit");
    }

    @Test
    void checksumsAreOfEachChunkOfEachMatrixWithItsPadding() {
        var long1 = random(CHUNK + 3, 1);
        var short1 = random(64, 2);
        assertThat(ChunkedCrc.of(List.of(long1, short1)).toArray(JAVA_BYTE))
                .isEqualTo(
                        ByteBuffer.allocate(12)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(crc(long1.asSlice(0, CHUNK), 0))
                                .putInt(crc(long1.asSlice(CHUNK), 61))
                                .putInt(crc(short1, 0))
                                .array());
        assertThat(ChunkedCrc.of(List.of()).byteSize()).isZero();
    }

    private static int crc(MemorySegment bytes, int zeros) {
        var crc = new CRC32C();
        crc.update(bytes.toArray(JAVA_BYTE));
        crc.update(new byte[zeros]);
        return (int) crc.getValue();
    }

    private void write(MemorySegment first, MemorySegment second) throws IOException {
        Map<String, MemorySegment> matrices = new LinkedHashMap<>();
        matrices.put("first", first);
        matrices.put("second", second);
        var file = folder.resolve("entry.safetensors");
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
        CacheEntryWriter.write(file, matrices);
    }

    private static MemorySegment random(int size, long seed) {
        var bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }
}

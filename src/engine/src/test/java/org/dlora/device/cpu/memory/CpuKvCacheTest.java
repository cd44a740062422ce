package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import org.dlora.device.KvLayout;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the places of keys and values, by the description of the tiles. */
class CpuKvCacheTest {
    private static final int SLOTS = KvLayout.BLOCK_TOKENS;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8})
    void pairedKeysFillTheTileWithoutOverlap(int headDim) {
        try (var cache = cache(headDim, DType.BF16)) {
            var offsets = new HashSet<Long>();
            for (int d = 0; d < headDim; d++) {
                for (int slot = 0; slot < SLOTS; slot++) {
                    long offset = cache.pairedKey(d, slot);
                    assertThat(offset).isBetween(0L, 2L * headDim * SLOTS - 2);
                    assertThat(offset % 2).isZero();
                    offsets.add(offset);
                }
            }
            assertThat(offsets).hasSize(headDim * SLOTS);
        }
    }

    @Test
    void elementsOfAPairAreAdjacentAndAnOddOneFollows() {
        try (var cache = cache(3, DType.BF16)) {
            assertThat(cache.pairedKey(0, 5)).isEqualTo(20);
            assertThat(cache.pairedKey(1, 5)).isEqualTo(22);
            assertThat(cache.pairedKey(2, 5)).isEqualTo(2 * SLOTS * 2 + 10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5})
    void keysAndValuesOfAFloatTileLieByDimensionAndBySlot(int headDim) {
        try (var cache = cache(headDim, DType.F32)) {
            writeAll(cache, headDim);
            for (int slot = 0; slot < SLOTS; slot++) {
                for (int d = 0; d < headDim; d++) {
                    long key = cache.keys(1, 2, 1) + 4L * (d * SLOTS + slot);
                    long value = cache.values(1, 2, 1) + 4L * (slot * headDim + d);
                    assertThat(cache.segment().get(JAVA_FLOAT, key)).isEqualTo(key(slot, d));
                    assertThat(cache.segment().get(JAVA_FLOAT, value)).isEqualTo(value(slot, d));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5})
    void valuesOfABfloat16TileLieInPairsOfSlots(int headDim) {
        try (var cache = cache(headDim, DType.BF16)) {
            writeAll(cache, headDim);
            for (int slot = 0; slot < SLOTS; slot++) {
                for (int d = 0; d < headDim; d++) {
                    long value =
                            cache.values(1, 2, 1) + 2L * ((slot / 2 * headDim + d) * 2 + slot % 2);
                    assertThat(widened(cache, value)).isEqualTo(value(slot, d));
                    long key = cache.keys(1, 2, 1) + cache.pairedKey(d, slot);
                    assertThat(widened(cache, key)).isEqualTo(key(slot, d));
                }
            }
        }
    }

    @Test
    void aHeadWritesIntoItsOwnTileOnly() {
        try (var cache = cache(4, DType.F32)) {
            writeAll(cache, 4);
            long tile = 4L * 4 * SLOTS;
            long first = cache.keys(1, 2, 1);
            assertThat(first).isEqualTo(((1 * 3 + 2) * 2 + 1) * 2 * tile);
            for (long at = 0; at < cache.segment().byteSize() / 8 * 8; at += 4) {
                if (at < first || at >= first + 2 * tile) {
                    assertThat(cache.segment().get(JAVA_FLOAT, at)).isZero();
                }
            }
        }
    }

    /** Writes a row into each slot of one head. Its k and v begin behind other numbers. */
    private static void writeAll(CpuKvCache cache, int headDim) {
        for (int slot = 0; slot < SLOTS; slot++) {
            var row = new float[3 + 2 * headDim];
            for (int d = 0; d < headDim; d++) {
                row[1 + d] = key(slot, d);
                row[3 + headDim + d] = value(slot, d);
            }
            cache.write(1, 2, slot, 1, MemorySegment.ofArray(row), 4, 4L * (3 + headDim));
        }
    }

    /** Small integers, which bfloat16 holds exactly. */
    private static float key(int slot, int d) {
        return 1 + slot * 8 + d;
    }

    private static float value(int slot, int d) {
        return -1 - slot * 8 - d;
    }

    private static float widened(CpuKvCache cache, long offset) {
        return Bfloat16.widen(cache.segment().get(JAVA_SHORT, offset));
    }

    private static CpuKvCache cache(int headDim, DType dtype) {
        return new CpuKvCache(
                new KvLayout(2, 2, headDim, 3, dtype), "float32", new MemoryAccount());
    }
}

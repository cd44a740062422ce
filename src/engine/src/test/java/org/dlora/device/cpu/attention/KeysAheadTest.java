package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.LoadAhead;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

class KeysAheadTest {
    private static final int LAYERS = 3;

    /** Bytes of {@code struct dlora_ahead} at which these are. */
    private static final int PIECES = 8;

    private static final int LINES = 16;
    private static final int COUNT = 20;

    private static CpuKvCache cache(int kvHeads, int headDim, int blocks) {
        var layout = new KvLayout(LAYERS, kvHeads, headDim, blocks, DType.BF16);
        return new CpuKvCache(layout, "test", new MemoryAccount());
    }

    private static AttentionShape shape(CpuKvCache cache, int window) {
        int heads = cache.layout().kvHeads();
        return new AttentionShape(heads, heads, cache.layout().headDim(), 1, window);
    }

    private static RaggedBatch batch(Chunk... chunks) {
        int rows = Arrays.stream(chunks).mapToInt(Chunk::rows).sum();
        return new RaggedBatch(new int[rows], new int[rows], List.of(chunks));
    }

    /** Returns the blocks that one worker is to load. */
    @SuppressWarnings("restricted") // The table that kernels read.
    private static List<Long> blocks(LoadAhead ahead, CpuKvCache cache) {
        var of = Objects.requireNonNull(ahead.of(0));
        int count = of.get(JAVA_INT, COUNT);
        var table = MemorySegment.ofAddress(of.get(JAVA_LONG, PIECES)).reinterpret(8L * count);
        return LongStream.range(0, count)
                .map(i -> table.getAtIndex(JAVA_LONG, i) / cache.blockBytes())
                .boxed()
                .toList();
    }

    @Test
    void wantsTheBlocksBeforeEachChunkOfTheNextLayer() {
        try (var cache = cache(2, 8, 20);
                var ahead = new LoadAhead(1)) {
            var keys = new KeysAhead(ahead);
            keys.begin(
                    batch(
                            new Chunk(0, 1, 33, new int[] {7, 3, 9}),
                            new Chunk(1, 20, 0, new int[] {1, 2}),
                            new Chunk(21, 4, 16, new int[] {5, 6})));
            assertThat(ahead.of(0)).isNull();
            for (int layer = 1; layer < LAYERS; layer++) {
                keys.wantBehind(layer - 1, shape(cache, 0), cache);
                assertThat(blocks(ahead, cache)).containsExactly(7L, 3L, 9L, 5L);
                var of = Objects.requireNonNull(ahead.of(0));
                assertThat(of.get(JAVA_LONG, 0))
                        .isEqualTo(cache.address() + cache.keys(layer, 0, 0));
                assertThat(64L * of.get(JAVA_INT, LINES)).isEqualTo(cache.blockBytes());
            }
            keys.wantBehind(LAYERS - 1, shape(cache, 0), cache);
            assertThat(ahead.of(0)).isNull();
        }
    }

    @Test
    void leavesBlocksThatTheWindowOfTheNextLayerHides() {
        try (var cache = cache(1, 8, 20);
                var ahead = new LoadAhead(1)) {
            var keys = new KeysAhead(ahead);
            keys.begin(batch(new Chunk(0, 1, 64, new int[] {4, 5, 6, 7, 8})));
            keys.wantBehind(0, shape(cache, 17), cache);
            assertThat(blocks(ahead, cache)).as("as this layer's").containsExactly(7L);
            keys.wantBehind(1, shape(cache, 18), cache);
            keys.wantBehind(2, shape(cache, 1000), cache);
            keys.wantBehind(0, shape(cache, 17), cache);
            assertThat(blocks(ahead, cache)).containsExactly(6L, 7L);
            keys.wantBehind(1, shape(cache, 18), cache);
            assertThat(blocks(ahead, cache)).containsExactly(4L, 5L, 6L, 7L);
        }
    }

    @Test
    void wantsNoMoreThanTheCachesKeep() {
        try (var cache = cache(8, 256, 200);
                var ahead = new LoadAhead(1)) {
            int[] table = new int[200];
            Arrays.setAll(table, i -> i);
            var keys = new KeysAhead(ahead);
            keys.begin(batch(new Chunk(0, 1, 199 * 16, table)));
            keys.wantBehind(0, shape(cache, 0), cache);
            assertThat(cache.blockBytes()).isEqualTo(128 << 10);
            assertThat(blocks(ahead, cache)).hasSize((int) (LoadAhead.MOST_BYTES >> 17));
        }
    }

    @Test
    void cachesMayHaveAnyNumberOfLayers() {
        var other = new KvLayout(LAYERS + 2, 1, 8, 20, DType.BF16);
        try (var cache = cache(1, 8, 20);
                var deeper = new CpuKvCache(other, "test", new MemoryAccount());
                var ahead = new LoadAhead(1)) {
            var keys = new KeysAhead(ahead);
            keys.begin(batch(new Chunk(0, 1, 16, new int[] {4, 5})));
            keys.wantBehind(LAYERS - 1, shape(cache, 0), cache);
            assertThat(ahead.of(0)).isNull();
            keys.wantBehind(LAYERS, shape(deeper, 0), deeper);
            assertThat(blocks(ahead, deeper)).containsExactly(4L);
            keys.wantBehind(LAYERS + 1, shape(deeper, 0), deeper);
            assertThat(ahead.of(0)).isNull();
        }
    }

    @Test
    void listsNothingWhereNobodyLoadsAhead() {
        try (var cache = cache(1, 8, 20);
                var ahead = new LoadAhead(0)) {
            var keys = new KeysAhead(ahead);
            keys.begin(batch(new Chunk(0, 1, 16, new int[] {4, 5})));
            keys.wantBehind(0, shape(cache, 0), cache);
            assertThat(ahead.of(0)).isNull();
        }
    }

    @Test
    void forgetsTheStepBefore() {
        try (var cache = cache(1, 8, 20);
                var ahead = new LoadAhead(1)) {
            var keys = new KeysAhead(ahead);
            keys.begin(batch(new Chunk(0, 1, 16, new int[] {4, 5})));
            keys.wantBehind(0, shape(cache, 0), cache);
            keys.begin(batch(new Chunk(0, 1, 16, new int[] {8, 9})));
            assertThat(ahead.of(0)).isNull();
            keys.wantBehind(0, shape(cache, 0), cache);
            assertThat(blocks(ahead, cache)).containsExactly(8L);
        }
    }
}

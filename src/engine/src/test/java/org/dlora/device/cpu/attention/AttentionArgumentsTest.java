package org.dlora.device.cpu.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AttentionArgumentsTest {
    private static final AttentionShape SHAPE = new AttentionShape(4, 2, 8, 1, 0);

    private final CpuKvCache cache =
            new CpuKvCache(new KvLayout(2, 2, 8, 3, DType.F32), "float32", new MemoryAccount());

    @AfterEach
    void free() {
        cache.close();
    }

    @Test
    void fusedRowsHoldQueriesKeysAndValues() {
        try (var qkv = new CpuActivations(2, (4 + 2 + 2) * 8);
                var narrow = new CpuActivations(2, 63)) {
            assertThatCode(() -> AttentionArguments.fused(qkv, 2, SHAPE))
                    .doesNotThrowAnyException();
            refuses(() -> AttentionArguments.fused(qkv, 3, SHAPE), "3 rows: the buffer has 2");
            refuses(
                    () -> AttentionArguments.fused(narrow, 2, SHAPE),
                    "fused q, k, v has width 63: expected 64");
            // The width is right, but a key head would serve one and a half query heads.
            refuses(
                    () -> AttentionArguments.fused(qkv, 2, new AttentionShape(2, 3, 8, 1, 0)),
                    "2 query heads do not divide among 3 kv heads");
        }
    }

    @Test
    void theCacheHasTheHeadsAndTheLayer() {
        assertThat(AttentionArguments.cache(cache, SHAPE, 1)).isSameAs(cache);
        refuses(() -> AttentionArguments.cache(cache, SHAPE, 2), "cache layer 2: there are 2");
        refuses(() -> AttentionArguments.cache(cache, SHAPE, -1), "cache layer -1");
        refuses(
                () -> AttentionArguments.cache(cache, new AttentionShape(4, 1, 8, 1, 0), 0),
                "does not fit");
        refuses(
                () -> AttentionArguments.cache(cache, new AttentionShape(4, 2, 16, 1, 0), 0),
                "does not fit");
    }

    @Test
    void chunksCoverTheRowsOneAfterAnother() {
        var first = new Chunk(0, 2, 0, new int[] {0});
        fits(3, first, new Chunk(2, 1, 40, new int[] {2, 1, 0}));
        fits(0);
        refuses(3, "the chunks cover 2 rows of 3", first);
        refuses(1, "the chunks cover 2 rows of 1", first);
        refuses(
                3,
                "a chunk has 1 rows from row 1 on: expected at least one, from row 2 on",
                first,
                new Chunk(1, 1, 0, new int[] {0}));
        refuses(4, "from row 3 on", first, new Chunk(3, 1, 0, new int[] {0}));
        refuses(2, "a chunk has 0 rows", first, new Chunk(2, 0, 0, new int[] {0}));
    }

    @Test
    void blockTablesReachToTheLastRow() {
        fits(1, new Chunk(0, 1, 15, new int[] {0}));
        refuses(
                1,
                "a chunk of 1 rows from position 16 on has 1 blocks: expected at least 2",
                new Chunk(0, 1, 16, new int[] {0}));
        fits(2, new Chunk(0, 2, 30, new int[] {0, 1}));
        refuses(3, "expected at least 3", new Chunk(0, 3, 30, new int[] {0, 1}));
        refuses(1, "from position -1 on", new Chunk(0, 1, -1, new int[] {0}));
    }

    @Test
    void blocksThatAreReadAreInTheCache() {
        refuses(1, "cache block 3: there are 3", new Chunk(0, 1, 0, new int[] {3}));
        refuses(1, "cache block -1", new Chunk(0, 1, 16, new int[] {-1, 0}));
        // Only blocks up to the last row are looked at.
        fits(1, new Chunk(0, 1, 15, new int[] {0, 99}));
    }

    @Test
    void positionsBeyondIntAreRefused() {
        refuses(
                1,
                "from position 2147483647 on",
                new Chunk(0, 1, Integer.MAX_VALUE, new int[] {0}));
    }

    private void fits(int rows, Chunk... chunks) {
        assertThatCode(() -> AttentionArguments.blocks(batch(rows, chunks), cache))
                .doesNotThrowAnyException();
    }

    private void refuses(int rows, String reason, Chunk... chunks) {
        refuses(() -> AttentionArguments.blocks(batch(rows, chunks), cache), reason);
    }

    private static RaggedBatch batch(int rows, Chunk... chunks) {
        return new RaggedBatch(new int[rows], new int[rows], List.of(chunks));
    }

    private static void refuses(Runnable check, String reason) {
        assertThatThrownBy(check::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}

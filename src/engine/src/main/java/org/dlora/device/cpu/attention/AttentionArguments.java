package org.dlora.device.cpu.attention;

import static org.dlora.device.KvLayout.BLOCK_TOKENS;
import static org.dlora.device.arguments.Arguments.check;

import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuKvCache;

/** Checks of the arguments of attention: fused rows, the cache, and the blocks of chunks. */
final class AttentionArguments {
    private AttentionArguments() {}

    static void fused(CpuActivations qkv, int rows, AttentionShape shape) {
        Arguments.rows(rows, qkv);
        Arguments.width(qkv, "fused q, k, v", shape.qkvWidth());
        check(
                shape.heads() % shape.kvHeads() == 0,
                () ->
                        "%d query heads do not divide among %d kv heads"
                                .formatted(shape.heads(), shape.kvHeads()));
    }

    /** Returns the cache, if it has the layer and the shape. */
    static CpuKvCache cache(KvCache cache, AttentionShape shape, int layer) {
        CpuKvCache kv = Arguments.own(CpuKvCache.class, cache, "the CPU device");
        Arguments.index("cache layer", layer, kv.layout().layers());
        check(
                kv.layout().kvHeads() == shape.kvHeads()
                        && kv.layout().headDim() == shape.headDim(),
                () -> "%s does not fit %s".formatted(kv.layout(), shape));
        return kv;
    }

    /** Checks that chunks cover the batch's rows, and that the cache has all of their blocks. */
    static void blocks(RaggedBatch batch, CpuKvCache cache) {
        int next = 0;
        for (Chunk chunk : batch.chunks()) {
            int expected = next;
            check(
                    chunk.firstRow() == expected && chunk.rows() > 0,
                    () ->
                            "a chunk has %d rows from row %d on: expected at least one, from row %d on"
                                    .formatted(chunk.rows(), chunk.firstRow(), expected));
            blocks(chunk, cache);
            next += chunk.rows();
        }
        int covered = next;
        check(
                covered == batch.rows(),
                () -> "the chunks cover %d rows of %d".formatted(covered, batch.rows()));
    }

    private static void blocks(Chunk chunk, CpuKvCache cache) {
        long blocks = Math.ceilDiv((long) chunk.firstPosition() + chunk.rows(), BLOCK_TOKENS);
        check(
                chunk.firstPosition() >= 0 && chunk.blockTable().length >= blocks,
                () ->
                        "a chunk of %d rows from position %d on has %d blocks: expected at least %d"
                                .formatted(
                                        chunk.rows(),
                                        chunk.firstPosition(),
                                        chunk.blockTable().length,
                                        blocks));
        for (int i = 0; i < blocks; i++) {
            Arguments.index("cache block", chunk.blockTable()[i], cache.layout().blocks());
        }
    }
}

package org.dlora.device.cpu.attention;

import org.dlora.device.AttentionShape;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.Scratch;

/**
 * Attention of a few consecutive rows of a chunk. An implementation has one numeric mode: a row's
 * result has the same bits whatever rows it is computed with.
 */
public interface AttentionKernels {

    /**
     * The attention of a step in one layer.
     *
     * @param layer of the cache
     * @param qkv fused rows
     * @param out {@code [T, heads·headDim]}
     */
    record Job(
            AttentionShape shape,
            CpuKvCache cache,
            int layer,
            CpuActivations qkv,
            CpuActivations out) {

        /** Query heads of a kv head. */
        int group() {
            return shape.heads() / shape.kvHeads();
        }
    }

    /**
     * All query heads of some kv heads for some rows.
     *
     * @param firstRow counted from the chunk's first
     * @param kvHead the first of {@code kvHeads}
     */
    void attend(
            Job job, Chunk chunk, int firstRow, int rows, int kvHead, int kvHeads, Scratch scratch);
}

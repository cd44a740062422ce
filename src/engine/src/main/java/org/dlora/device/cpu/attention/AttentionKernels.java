package org.dlora.device.cpu.attention;

import java.util.List;
import org.dlora.device.AttentionShape;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.Scratch;

/**
 * Attention of units of a step. An implementation has one numeric mode: a row's result has the same
 * bits whatever rows it is computed with.
 */
public interface AttentionKernels {

    /**
     * The attention of a step in one layer.
     *
     * @param layer of the cache
     * @param qkv fused rows
     * @param out {@code [T, heads·headDim]}
     * @param chunks of the step
     * @param units that the chunks are cut into
     */
    record Job(
            AttentionShape shape,
            CpuKvCache cache,
            int layer,
            CpuActivations qkv,
            CpuActivations out,
            List<Chunk> chunks,
            AttentionUnits units) {

        /** Query heads of a kv head. */
        int group() {
            return shape.heads() / shape.kvHeads();
        }
    }

    /** The units {@code from .. to}. */
    void attend(Job job, int from, int to, Scratch scratch);
}

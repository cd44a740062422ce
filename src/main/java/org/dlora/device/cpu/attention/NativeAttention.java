package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.tensor.DType;

/**
 * {@link AttentionKernels} in C for caches of bfloat16: queries and the weights of the softmax are
 * rounded to bfloat16 as well, products and sums are float32. Other caches are for the Java
 * kernels.
 */
public final class NativeAttention implements AttentionKernels {
    /** {@code DLORA_HEAD_DIM}. */
    private static final int HEAD_DIM = 512;

    private final JavaAttention java;
    private final MethodHandle attention;

    public NativeAttention(NativeLibrary library, KernelFamily family, JavaAttention java) {
        this.java = java;
        attention =
                library.procedure(
                        "dlora_attention_" + family.suffix(),
                        JAVA_LONG, // the cache
                        JAVA_LONG,
                        JAVA_LONG, // the block table
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_FLOAT,
                        JAVA_LONG, // q
                        JAVA_LONG,
                        JAVA_LONG, // out
                        JAVA_LONG);
    }

    @Override
    public void attend(
            Job job,
            Chunk chunk,
            int firstRow,
            int rows,
            int kvHead,
            int kvHeads,
            Scratch scratch) {
        var shape = job.shape();
        var cache = job.cache();
        if (cache.layout().dtype() != DType.BF16 || shape.headDim() > HEAD_DIM) {
            java.attend(job, chunk, firstRow, rows, kvHead, kvHeads, scratch);
            return;
        }
        int position = chunk.firstPosition() + firstRow;
        int blocks = KvLayout.blocksFor(position + rows);
        MemorySegment table = scratch.atLeast(4L * blocks);
        MemorySegment.copy(chunk.blockTable(), 0, table, JAVA_INT, 0, blocks);
        int head = kvHead * job.group() * shape.headDim();
        var q = job.qkv().rowsFrom(chunk.firstRow() + firstRow, head);
        var out = job.out().rowsFrom(chunk.firstRow() + firstRow, head);
        NativeLibrary.call(() -> {
            attention.invokeExact(
                    cache.address() + cache.keys(job.layer(), 0, kvHead),
                    cache.blockBytes(),
                    table.address(),
                    position,
                    rows,
                    kvHeads,
                    job.group(),
                    shape.headDim(),
                    shape.window(),
                    shape.scale(),
                    q.address(),
                    q.stride(),
                    out.address(),
                    out.stride());
        });
    }
}

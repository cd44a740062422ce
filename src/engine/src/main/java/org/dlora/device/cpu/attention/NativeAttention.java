package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;
import org.dlora.device.AttentionShape;
import org.dlora.device.cpu.memory.CpuKvCache;
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
                        JAVA_LONG, // the units
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_LONG, // the cache
                        JAVA_LONG,
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
    public void attend(Job job, int from, int to, Scratch scratch) {
        var shape = job.shape();
        var cache = job.cache();
        if (!isFor(shape, cache)) {
            java.attend(job, from, to, scratch);
            return;
        }
        var units = job.units();
        var q = job.qkv().rowsFrom(0, 0);
        var out = job.out().rowsFrom(0, 0);
        NativeLibrary.call(() -> {
            attention.invokeExact(
                    units.segment().address(),
                    from,
                    to,
                    units.size(),
                    cache.address() + cache.keys(job.layer(), 0, 0),
                    cache.blockBytes(),
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

    private static boolean isFor(AttentionShape shape, CpuKvCache cache) {
        return cache.layout().dtype() == DType.BF16
                && shape.headDim() <= HEAD_DIM
                && shape.scale() > 0;
    }
}

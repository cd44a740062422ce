package org.dlora.device.cuda.kernels;

import java.lang.foreign.Arena;
import org.dlora.device.cuda.driver.Kernel;
import org.dlora.device.cuda.driver.Stream;

/** Launches of the kernels that take rows one by one. One thread uses them. */
public final class CudaRowKernels {
    private static final int THREADS = 256;
    private static final int WARP = 32;

    private final Stream stream;
    private final Kernel embedF32;
    private final Kernel embedBf16;
    private final Kernel gather;
    private final Kernel roundRows;
    private final Kernel rmsNorm;
    private final Kernel addRmsNorm;
    private final Kernel headNorm;
    private final Kernel rope;
    private final Kernel siluMul;
    private final Kernel argMax;
    private final Kernel largest;

    public CudaRowKernels(LoadedKernels kernels, Stream stream, Arena arena) {
        this.stream = stream;
        embedF32 = kernels.kernel("rows", "embed_f32", 5, arena);
        embedBf16 = kernels.kernel("rows", "embed_bf16", 5, arena);
        gather = kernels.kernel("rows", "gather", 4, arena);
        roundRows = kernels.kernel("rows", "round_rows", 4, arena);
        rmsNorm = kernels.kernel("rms_norm", "rms_norm", 5, arena);
        addRmsNorm = kernels.kernel("rms_norm", "add_rms_norm", 6, arena);
        headNorm = kernels.kernel("rms_norm", "head_norm", 6, arena);
        rope = kernels.kernel("rope", "rope", 7, arena);
        siluMul = kernels.kernel("silu_mul", "silu_mul", 3, arena);
        argMax = kernels.kernel("arg_max", "arg_max", 4, arena);
        largest = kernels.kernel("largest", "largest", 6, arena);
    }

    /**
     * Threads of a block for rows of {@code n} elements: whole warps, no more than there is to do.
     */
    private static int threads(int n) {
        return Math.min(THREADS, Math.ceilDiv(n, WARP) * WARP);
    }

    public void embed(
            boolean isBf16, long table, int stride, long tokens, int rows, long out, int n) {
        (isBf16 ? embedBf16 : embedF32)
                .address(table)
                .number(stride)
                .address(tokens)
                .address(out)
                .number(n)
                .launch(stream, rows, threads(n));
    }

    public void gather(long x, long indices, int rows, long out, int n) {
        gather.address(x).address(indices).address(out).number(n).launch(stream, rows, threads(n));
    }

    public void roundRows(long x, int n, int rows, long out, int stride) {
        roundRows
                .address(x)
                .number(n)
                .address(out)
                .number(stride)
                .launch(stream, rows, threads(stride));
    }

    public void rmsNorm(long x, long weight, float eps, int rows, long out, int n) {
        rmsNorm.address(x)
                .address(weight)
                .number(eps)
                .address(out)
                .number(n)
                .launch(stream, rows, threads(n));
    }

    public void addRmsNorm(
            long x, long residual, long weight, float eps, int rows, long out, int n) {
        addRmsNorm
                .address(x)
                .address(residual)
                .address(weight)
                .number(eps)
                .address(out)
                .number(n)
                .launch(stream, rows, threads(n));
    }

    public void headNorm(
            long rows,
            int count,
            int width,
            int first,
            int heads,
            int dim,
            long weight,
            float eps) {
        headNorm.address(rows)
                .number(width)
                .number(first)
                .number(dim)
                .address(weight)
                .number(eps)
                .launch(stream, heads, count, 1, WARP, 0);
    }

    public void rope(
            long rows,
            int count,
            int width,
            int heads,
            int half,
            long positions,
            long cos,
            long sin) {
        rope.address(rows)
                .number(width)
                .number(heads)
                .number(half)
                .address(positions)
                .address(cos)
                .address(sin)
                .launch(stream, count, threads(heads * half));
    }

    public void siluMul(long x, int rows, long out, int n) {
        siluMul.address(x).address(out).number(n).launch(stream, rows, threads(n));
    }

    public void argMax(long x, long indices, int rows, long out, int n) {
        argMax.address(x).address(indices).address(out).number(n).launch(stream, rows, THREADS);
    }

    public void largest(
            long x, long indices, int rows, int n, int k, long outIndices, long outValues) {
        largest.address(x)
                .address(indices)
                .number(n)
                .number(k)
                .address(outIndices)
                .address(outValues)
                .launch(stream, rows, THREADS);
    }
}

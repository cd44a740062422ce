package org.dlora.device.cuda.kernels;

import java.lang.foreign.Arena;
import org.dlora.device.cuda.driver.Kernel;
import org.dlora.device.cuda.driver.Stream;

/** Launches of products with matrices, by the kernel for their number of rows. */
public final class CudaLinearKernels {
    /** Rows up to which a product is bound by the memory of the weights alone. */
    private static final int FEW_ROWS = 8;

    /** Rows up to which small tiles keep more of a GPU busy than large ones. */
    private static final int DECODE_ROWS = 64;

    private static final int STAGES = 3;
    private static final int SHARED_16 = (16 + 64) * 80 * STAGES;
    private static final int SHARED_128 = (128 + 128) * 80 * STAGES;

    private final Stream stream;
    private final Kernel f32;
    private final Kernel bf16Of8;
    private final Kernel bf16Of16;
    private final Kernel bf16Of128;

    public CudaLinearKernels(LoadedKernels kernels, Stream stream, Arena arena) {
        this.stream = stream;
        f32 = kernels.kernel("linear_f32", "linear_f32", 9, arena);
        bf16Of8 = kernels.kernel("linear_bf16_rows", "linear_bf16_8", 9, arena);
        bf16Of16 = kernels.kernel("linear_bf16", "linear_bf16_16", 9, SHARED_16, arena);
        bf16Of128 = kernels.kernel("linear_bf16", "linear_bf16_128", 9, SHARED_128, arena);
    }

    /**
     * Computes {@code y = x Wᵀ + bias} in float32.
     *
     * @param bias 0 for none
     */
    public void f32(long x, long w, int stride, long bias, long y, int rows, int n, int k) {
        arguments(f32, x, w, stride, bias, y, rows, n, k)
                .launch(stream, Math.ceilDiv(n, 64), Math.ceilDiv(rows, 64), 1, 256, 0);
    }

    /**
     * Computes {@code y = x Wᵀ + bias}.
     *
     * @param x rounded rows, with the stride of the matrix
     * @param bias 0 for none
     */
    public void bf16(long x, long w, int stride, long bias, long y, int rows, int n, int k) {
        if (rows <= FEW_ROWS) {
            arguments(bf16Of8, x, w, stride, bias, y, rows, n, k)
                    .launch(stream, rows == 0 ? 0 : Math.ceilDiv(n, 4), 128);
        } else if (rows <= DECODE_ROWS) {
            arguments(bf16Of16, x, w, stride, bias, y, rows, n, k)
                    .launch(stream, Math.ceilDiv(n, 64), Math.ceilDiv(rows, 16), 1, 128, SHARED_16);
        } else {
            arguments(bf16Of128, x, w, stride, bias, y, rows, n, k)
                    .launch(
                            stream,
                            Math.ceilDiv(n, 128),
                            Math.ceilDiv(rows, 128),
                            1,
                            256,
                            SHARED_128);
        }
    }

    private static Kernel arguments(
            Kernel kernel, long x, long w, int stride, long bias, long y, int rows, int n, int k) {
        return kernel.address(x)
                .address(w)
                .number(stride)
                .address(bias)
                .address(y)
                .number(rows)
                .number(n)
                .number(k)
                .number(false);
    }
}

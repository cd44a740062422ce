package org.dlora.device.cuda.kernels;

import java.lang.foreign.Arena;
import org.dlora.device.cuda.driver.Kernel;
import org.dlora.device.cuda.driver.Stream;

/** Launches of LoRA terms, all groups of a step at once. */
public final class CudaLoraKernels {
    /** Rows of a term that a block of threads takes. */
    public static final int UNIT_ROWS = 16;

    private static final int THREADS = 128;

    private final Stream stream;
    private final Kernel shrinkBf16;
    private final Kernel shrinkF32;
    private final Kernel shrinkTokens;
    private final Kernel expand;

    public CudaLoraKernels(LoadedKernels kernels, Stream stream, Arena arena) {
        this.stream = stream;
        shrinkBf16 = kernels.kernel("lora_shrink", "lora_shrink_bf16", 5, arena);
        shrinkF32 = kernels.kernel("lora_shrink", "lora_shrink_f32", 5, arena);
        shrinkTokens = kernels.kernel("lora_shrink", "lora_shrink_tokens", 4, arena);
        expand = kernels.kernel("lora_expand", "lora_expand", 5, arena);
    }

    /**
     * Units of terms, on the GPU.
     *
     * @param largest the largest rank of their terms for a shrink, the most outputs for an expand
     */
    public record Units(long terms, long units, int count, int largest) {}

    /** Computes A x of terms with bfloat16 A, of rounded rows. */
    public void shrinkBf16(Units of, long x, int stride, long shrunk) {
        shrinkBf16
                .address(of.terms())
                .address(of.units())
                .address(x)
                .number(stride)
                .address(shrunk)
                .launch(stream, of.count(), Math.ceilDiv(of.largest(), 16), 1, THREADS, 0);
    }

    /** Computes A x of terms with A of either dtype, of float32 rows. */
    public void shrinkF32(Units of, long x, int k, long shrunk) {
        shrinkF32
                .address(of.terms())
                .address(of.units())
                .address(x)
                .number(k)
                .address(shrunk)
                .launch(stream, of.count(), Math.ceilDiv(of.largest(), 4), 1, THREADS, 0);
    }

    /** Picks the columns of A at the tokens of rows. */
    public void shrinkTokens(Units of, long tokens, long shrunk) {
        shrinkTokens
                .address(of.terms())
                .address(of.units())
                .address(tokens)
                .address(shrunk)
                .launch(stream, of.largest() == 0 ? 0 : of.count(), THREADS);
    }

    /** Computes the rest of terms of which no two share outputs of a row. */
    public void expand(Units of, long shrunk, long y, int width) {
        expand.address(of.terms())
                .address(of.units())
                .address(shrunk)
                .address(y)
                .number(width)
                .launch(stream, of.count(), Math.ceilDiv(of.largest(), THREADS), 1, THREADS, 0);
    }
}

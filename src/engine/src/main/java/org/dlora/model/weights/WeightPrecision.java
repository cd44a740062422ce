package org.dlora.model.weights;

import java.util.List;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;

/**
 * The dtype in which matrices are kept: setting {@code dlora.dtype}. Norms, biases and tables are
 * always float32.
 */
public enum WeightPrecision {
    /** The checkpoint's own: bfloat16 stays, float32 stays, float16 is widened to float32. */
    AUTO,
    /** Everything widened to float32. */
    FLOAT32,
    /**
     * Float32 rounded to bfloat16; float16 is refused, because bfloat16 has 3 mantissa bits fewer.
     */
    BFLOAT16;

    /**
     * Returns the storage for a model's {@code matrices}, the same for all.
     *
     * @return {@code F32} or {@code BF16}
     * @throws LoadException for float16 weights at {@link #BFLOAT16}
     */
    public DType storage(List<Tensor> matrices) {
        return switch (this) {
            case FLOAT32 -> DType.F32;
            case AUTO ->
                    matrices.stream().allMatch(m -> m.dtype() == DType.BF16)
                            ? DType.BF16
                            : DType.F32;
            case BFLOAT16 -> {
                for (var matrix : matrices) {
                    if (matrix.dtype() == DType.F16) {
                        throw new LoadException(
                                "tensor %s is float16, which bfloat16 cannot hold without losing 3 bits of each weight; set dlora.dtype to auto or float32"
                                        .formatted(matrix.name()));
                    }
                }
                yield DType.BF16;
            }
        };
    }
}

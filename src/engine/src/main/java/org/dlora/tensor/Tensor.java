package org.dlora.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A named, row-major, read-only array of numbers, usually a view of a memory-mapped file.
 *
 * @param name as in the file, e.g. {@code model.layers.0.self_attn.q_proj.weight}
 * @param shape sizes, outermost first; a linear layer's weight is {@code [out, in]}
 * @param data little-endian elements, exactly {@code elements() * dtype.bytes()} bytes, possibly
 *     unaligned
 */
public record Tensor(String name, DType dtype, List<Long> shape, MemorySegment data) {

    public Tensor {
        shape = List.copyOf(shape);
    }

    /** Returns the number of elements: the product of the shape, 1 for a scalar. */
    public long elements() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /** Returns the size of dimension {@code i} as an int. */
    public int size(int i) {
        return Math.toIntExact(shape.get(i));
    }

    /**
     * Returns element {@code index} in row-major order, widened exactly to a float. Works for
     * servable dtypes only.
     */
    public float getFloat(long index) {
        return switch (dtype) {
            case F32 -> Float.intBitsToFloat(data.get(JAVA_INT_UNALIGNED, index * 4));
            case BF16 -> Float.intBitsToFloat(data.get(JAVA_SHORT_UNALIGNED, index * 2) << 16);
            case F16 -> Float.float16ToFloat(data.get(JAVA_SHORT_UNALIGNED, index * 2));
            default ->
                    throw new IllegalStateException(
                            name + " has dtype " + dtype + ", not F32, F16 or BF16");
        };
    }

    /**
     * Widens elements {@code first .. first + n} into the beginning of {@code out}. Works for
     * servable dtypes only.
     */
    public void read(long first, float[] out, int n) {
        switch (dtype) {
            case F32 -> MemorySegment.copy(data, JAVA_FLOAT_UNALIGNED, first * 4, out, 0, n);
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    short bits = data.get(JAVA_SHORT_UNALIGNED, (first + i) * 2);
                    out[i] = Float.intBitsToFloat(bits << 16);
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    out[i] = getFloat(first + i);
                }
            }
        }
    }
}

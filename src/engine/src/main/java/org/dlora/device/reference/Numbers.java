package org.dlora.device.reference;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Reproducible inputs: real ones, uniform in -1 .. 1, or whole ones of -1, 0 and 1. Sums of
 * products of whole ones are exact in every order, and those of up to 256 in bfloat16 too.
 */
public final class Numbers {
    private final long seed;
    private final boolean isWhole;
    private final boolean isAbsolute;
    private final Random random;

    private Numbers(long seed, boolean isWhole, boolean isAbsolute) {
        this.seed = seed;
        this.isWhole = isWhole;
        this.isAbsolute = isAbsolute;
        random = new Random(seed);
    }

    /** Creates real numbers. */
    public Numbers(long seed) {
        this(seed, false, false);
    }

    /** Returns whole numbers. */
    public static Numbers whole(long seed) {
        return new Numbers(seed, true, false);
    }

    /** Returns the absolute values of these numbers, from the first on. */
    public Numbers absolute() {
        return new Numbers(seed, isWhole, true);
    }

    public float next() {
        float value = isWhole ? random.nextInt(3) - 1 : random.nextFloat() * 2 - 1;
        return isAbsolute ? Math.abs(value) : value;
    }

    public float[] vector(int size) {
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = next();
        }
        return values;
    }

    public float[][] rows(int rows, int width) {
        var values = new float[rows][];
        for (int i = 0; i < rows; i++) {
            values[i] = vector(width);
        }
        return values;
    }

    /**
     * Returns a tensor of shape {@code [rows, columns]} whose data begins at an odd address, as it
     * may in a file.
     */
    public Tensor tensor(DType dtype, int rows, int columns) {
        return tensor(dtype, List.of((long) rows, (long) columns), vector(rows * columns));
    }

    public static Tensor tensor(float[][] rows) {
        int columns = rows[0].length;
        var values = new float[rows.length * columns];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * columns, columns);
        }
        return tensor(DType.F32, List.of((long) rows.length, (long) columns), values);
    }

    public static Tensor tensor(DType dtype, List<Long> shape, float[] values) {
        MemorySegment data =
                MemorySegment.ofArray(new byte[values.length * dtype.bytes() + 1]).asSlice(1);
        for (int i = 0; i < values.length; i++) {
            switch (dtype) {
                case F32 -> data.set(JAVA_FLOAT_UNALIGNED, 4L * i, values[i]);
                case F16 -> data.set(JAVA_SHORT_UNALIGNED, 2L * i, Float.floatToFloat16(values[i]));
                default ->
                        data.set(
                                JAVA_SHORT_UNALIGNED,
                                2L * i,
                                (short) (Float.floatToIntBits(values[i]) >>> 16));
            }
        }
        return new Tensor("weight", dtype, shape, data);
    }
}

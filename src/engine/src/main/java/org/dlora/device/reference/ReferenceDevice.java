package org.dlora.device.reference;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.dlora.device.Activations;
import org.dlora.device.Device;
import org.dlora.device.DeviceMemory;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * The memory of the plain device: Java arrays, row-major, of values that the storage dtype can
 * hold. Its copies are float32 numbers without a header.
 */
public final class ReferenceDevice implements Device {

    record Matrix(float[][] values, DType dtype) implements WeightMatrix {
        @Override
        public int rows() {
            return values.length;
        }

        @Override
        public int columns() {
            return values[0].length;
        }

        @Override
        public long bytes() {
            return (long) rows() * columns() * dtype.bytes();
        }

        @Override
        public void close() {}
    }

    record Vector(float[] values) implements WeightVector {
        @Override
        public int size() {
            return values.length;
        }

        @Override
        public long bytes() {
            return 4L * values.length;
        }

        @Override
        public void close() {}
    }

    record Buffer(float[][] values, int width) implements Activations {
        @Override
        public int rows() {
            return values.length;
        }

        @Override
        public void close() {}
    }

    /**
     * Returns {@code value} as stored in {@code dtype}: for BF16 the nearest value, ties to even.
     */
    static float stored(float value, DType dtype) {
        if (dtype == DType.F32) {
            return value;
        }
        float down = Float.intBitsToFloat(Float.floatToIntBits(value) & 0xffff0000);
        float up = Float.intBitsToFloat((Float.floatToIntBits(value) & 0xffff0000) + 0x10000);
        double below = Math.abs((double) value - down);
        double above = Math.abs((double) up - value);
        boolean even = (Float.floatToIntBits(down) & 0x10000) == 0;
        return below < above || (below == above && even) ? down : up;
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String numericMode() {
        return "reference";
    }

    @Override
    public DeviceMemory memory() {
        return new DeviceMemory(Long.MAX_VALUE, 0);
    }

    @Override
    public DType kvDtype(DType weights) {
        return DType.F32;
    }

    /** The garbage collector's concern. */
    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public WeightMatrix matrix(List<Tensor> parts, DType storage) {
        int columns = parts.getFirst().size(1);
        float[][] values = new float[parts.stream().mapToInt(part -> part.size(0)).sum()][columns];
        int row = 0;
        for (Tensor part : parts) {
            for (int i = 0; i < part.size(0); i++, row++) {
                for (int j = 0; j < columns; j++) {
                    values[row][j] = stored(part.getFloat((long) i * columns + j), storage);
                }
            }
        }
        return new Matrix(values, storage);
    }

    @Override
    public WeightMatrix emptyLike(WeightMatrix matrix) {
        return new Matrix(new float[matrix.rows()][matrix.columns()], matrix.dtype());
    }

    @Override
    public WeightVector vector(List<Tensor> parts) {
        float[] values = new float[parts.stream().mapToInt(part -> part.size(0)).sum()];
        int next = 0;
        for (Tensor part : parts) {
            for (int i = 0; i < part.size(0); i++) {
                values[next++] = part.getFloat(i);
            }
        }
        return new Vector(values);
    }

    @Override
    public WeightVector vector(float[] values) {
        return new Vector(values.clone());
    }

    @Override
    public long copyBytes(WeightMatrix matrix) {
        return 4L * (2 + (long) matrix.rows() * matrix.columns());
    }

    @Override
    public void copyOut(WeightMatrix matrix, MemorySegment to) {
        var out = to.asByteBuffer().order(ByteOrder.nativeOrder());
        out.putInt(matrix.rows());
        out.putInt(matrix.dtype() == DType.BF16 ? 1 : 0);
        for (float[] row : ((Matrix) matrix).values()) {
            for (float value : row) {
                out.putFloat(value);
            }
        }
    }

    @Override
    public WeightMatrix copyIn(MemorySegment from) {
        var in = from.asByteBuffer().order(ByteOrder.nativeOrder());
        int rows = in.getInt();
        var dtype = in.getInt() == 1 ? DType.BF16 : DType.F32;
        var values = new float[rows][in.remaining() / 4 / rows];
        for (float[] row : values) {
            in.asFloatBuffer().get(row);
            in.position(in.position() + 4 * row.length);
        }
        return new Matrix(values, dtype);
    }

    @Override
    public void read(WeightVector vector, float[] out) {
        System.arraycopy(((Vector) vector).values(), 0, out, 0, out.length);
    }

    @Override
    public KvCache kvCache(KvLayout layout) {
        return new ReferenceCache(layout);
    }

    @Override
    public Operations open(int threads) {
        return new ReferenceOperations();
    }

    @Override
    public void close() {}
}

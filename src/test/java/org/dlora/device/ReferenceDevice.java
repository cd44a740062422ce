package org.dlora.device;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** The oracle's memory: Java arrays, row-major, holding what the storage dtype can hold. */
final class ReferenceDevice implements Device {

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

    /** Keys and values by {@code [layer][block][slot][kvHead * headDim + d]}. */
    record Cache(KvLayout layout, float[][][][] keys, float[][][][] values) implements KvCache {
        @Override
        public long copyBytes() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void copyOut(int block, MemorySegment to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void copyIn(MemorySegment from, int block) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean takes(MemorySegment copy) {
            return false;
        }

        @Override
        public void close() {}
    }

    /**
     * What is left of {@code value} in storage of {@code dtype}: for BF16 the nearest value, ties
     * to even.
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
        throw new UnsupportedOperationException();
    }

    @Override
    public void copyOut(WeightMatrix matrix, MemorySegment to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public WeightMatrix copyIn(MemorySegment from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void read(WeightVector vector, float[] out) {
        throw new UnsupportedOperationException();
    }

    @Override
    public KvCache kvCache(KvLayout layout) {
        int width = layout.kvHeads() * layout.headDim();
        return new Cache(
                layout,
                new float[layout.layers()][layout.blocks()][KvLayout.BLOCK_TOKENS][width],
                new float[layout.layers()][layout.blocks()][KvLayout.BLOCK_TOKENS][width]);
    }

    @Override
    public Operations open(int threads) {
        return new ReferenceOperations();
    }

    @Override
    public void close() {}
}

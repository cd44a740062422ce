package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.tensor.Tensor;

/** A vector of float32 values, contiguous. */
public final class CpuVector implements WeightVector {
    private final int size;
    private final Memory memory;

    private CpuVector(int size, MemoryAccount account) {
        this.size = size;
        this.memory = Memory.forWeights(size * 4L, account);
    }

    /** Returns the vector of this device that a caller handed in. */
    public static CpuVector of(WeightVector vector) {
        return Arguments.own(CpuVector.class, vector, "the CPU device");
    }

    public static CpuVector of(float[] values, MemoryAccount account) {
        var vector = new CpuVector(values.length, account);
        MemorySegment.copy(values, 0, vector.segment(), JAVA_FLOAT, 0, values.length);
        return vector;
    }

    public static CpuVector of(List<Tensor> parts, MemoryAccount account) {
        for (Tensor part : parts) {
            if (part.shape().size() != 1 || !part.dtype().isServable()) {
                throw new IllegalArgumentException(
                        "vector part %s is %s %s: expected one dimension of F32, F16 or BF16"
                                .formatted(part.name(), part.dtype(), part.shape()));
            }
        }
        var vector =
                new CpuVector(
                        Math.toIntExact(parts.stream().mapToLong(Tensor::elements).sum()), account);
        long next = 0;
        for (Tensor part : parts) {
            for (long i = 0; i < part.elements(); i++) {
                vector.segment().setAtIndex(JAVA_FLOAT, next++, part.getFloat(i));
            }
        }
        return vector;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long bytes() {
        return size * 4L;
    }

    public void read(float[] out) {
        Arguments.check(
                out.length == size,
                () -> "array of %d: expected %d, the vector's size".formatted(out.length, size));
        MemorySegment.copy(segment(), JAVA_FLOAT, 0, out, 0, size);
    }

    public MemorySegment segment() {
        return memory.segment();
    }

    /** Returns {@link Memory#address}. */
    public long address() {
        return memory.address();
    }

    @Override
    public void close() {
        memory.close();
    }
}

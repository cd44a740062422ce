package org.dlora.adapter;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.Device;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;

/** Matrices and vectors of a copied adapter on a device, by number. They are freed together. */
final class AdapterParts implements AutoCloseable {
    private final Device device;
    private final List<WeightMatrix> matrices = new ArrayList<>();
    private final List<WeightVector> vectors = new ArrayList<>();

    AdapterParts(Device device) {
        this.device = device;
    }

    void addMatrix(MemorySegment copy) {
        matrices.add(device.copyIn(copy));
    }

    void addVector(MemorySegment values) {
        vectors.add(device.vector(values.toArray(JAVA_FLOAT_UNALIGNED)));
    }

    WeightMatrix matrix(int number) {
        return matrices.get(number);
    }

    WeightVector vector(int number) {
        return vectors.get(number);
    }

    /** Returns the bytes of device memory of all. */
    long bytes() {
        return matrices.stream().mapToLong(WeightMatrix::bytes).sum()
                + vectors.stream().mapToLong(WeightVector::bytes).sum();
    }

    @Override
    public void close() {
        matrices.forEach(WeightMatrix::close);
        vectors.forEach(WeightVector::close);
    }
}

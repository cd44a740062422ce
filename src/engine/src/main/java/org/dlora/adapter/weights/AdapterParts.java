package org.dlora.adapter.weights;

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

    /**
     * Adds a copy of a matrix that lies on another device, without the host's memory in between.
     *
     * @return whether the device can do that
     */
    boolean addCopyOf(WeightMatrix matrix) {
        var copy = device.copyOf(matrix);
        copy.ifPresent(matrices::add);
        return copy.isPresent();
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

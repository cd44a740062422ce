package org.dlora.device;

import org.dlora.tensor.DType;

/** A matrix {@code [rows, columns]} in a device's own layout. */
public interface WeightMatrix extends AutoCloseable {
    int rows();

    int columns();

    /** Returns the element type as stored: {@code F32} or {@code BF16}. */
    DType dtype();

    /** Returns the bytes of device memory that it takes. */
    long bytes();

    @Override
    void close();
}

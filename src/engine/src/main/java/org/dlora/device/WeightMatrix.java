package org.dlora.device;

import org.dlora.tensor.DType;

/** A matrix {@code [rows, columns]} in a device's own layout. */
public interface WeightMatrix extends AutoCloseable {
    int rows();

    int columns();

    /** Returns the element type as stored: {@code F32} or {@code BF16}. */
    DType dtype();

    /** Returns the bytes that it takes: of the device, or of the host if it is parked. */
    long bytes();

    @Override
    void close();
}

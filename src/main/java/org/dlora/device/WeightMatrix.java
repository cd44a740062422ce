package org.dlora.device;

import org.dlora.tensor.DType;

/** A matrix {@code [rows, columns]} in a device's own layout. */
public interface WeightMatrix extends AutoCloseable {
    int rows();

    int columns();

    /** Element type as stored: {@code F32} or {@code BF16}. */
    DType dtype();

    /** Bytes of device memory it takes. */
    long bytes();

    @Override
    void close();
}

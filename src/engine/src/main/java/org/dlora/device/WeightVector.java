package org.dlora.device;

/** A float32 vector in a device's memory: norm weights, biases, rotary tables. */
public interface WeightVector extends AutoCloseable {
    int size();

    /** Returns the bytes of device memory that it takes. */
    long bytes();

    @Override
    void close();
}

package org.dlora.device;

/** A float32 vector in a device's memory: norm weights, biases, rotary tables. */
public interface WeightVector extends AutoCloseable {
    int size();

    @Override
    void close();
}

package org.dlora.app;

/** Dtype of keys and values; {@code AUTO} is what suits the device's arithmetic. */
enum KvPrecision {
    AUTO,
    FLOAT32,
    BFLOAT16
}

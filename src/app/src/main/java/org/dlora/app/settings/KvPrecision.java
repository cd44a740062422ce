package org.dlora.app.settings;

/** Dtype of keys and values; {@code AUTO} is what suits the device's arithmetic. */
public enum KvPrecision {
    AUTO,
    FLOAT32,
    BFLOAT16
}

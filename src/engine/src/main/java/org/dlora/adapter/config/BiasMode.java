package org.dlora.adapter.config;

import java.util.Arrays;
import java.util.Optional;

/** Biases of the base that an adapter replaces: field {@code bias}. */
public enum BiasMode {
    NONE("none"),
    /** Biases of all modules, adapted or not. */
    ALL("all"),
    /** Biases of the adapted modules. */
    LORA_ONLY("lora_only");

    private final String value;

    BiasMode(String value) {
        this.value = value;
    }

    static Optional<BiasMode> named(String value) {
        return Arrays.stream(values()).filter(mode -> mode.value.equals(value)).findFirst();
    }
}

package org.dlora.adapter;

import java.util.Arrays;
import java.util.Optional;

/** Which of the base's biases an adapter brings anew: field {@code bias}. */
enum BiasMode {
    NONE("none"),
    /** Those of all modules, adapted or not. */
    ALL("all"),
    /** Those of the adapted modules. */
    LORA_ONLY("lora_only");

    private final String value;

    BiasMode(String value) {
        this.value = value;
    }

    static Optional<BiasMode> named(String value) {
        return Arrays.stream(values()).filter(mode -> mode.value.equals(value)).findFirst();
    }
}

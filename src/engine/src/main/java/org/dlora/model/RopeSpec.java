package org.dlora.model;

/**
 * Rotary position embedding (Su et al. 2021) as {@code rope_parameters} or {@code rope_theta} +
 * {@code rope_scaling} give it.
 */
public sealed interface RopeSpec {
    double theta();

    /** {@code rope_type: default}. */
    record Default(double theta) implements RopeSpec {}

    /** {@code rope_type: linear}: frequencies divided by {@code factor}. */
    record Linear(double theta, double factor) implements RopeSpec {}

    /**
     * {@code rope_type: llama3}: long wavelengths divided by {@code factor}, short ones kept,
     * smooth in between.
     */
    record Llama3(
            double theta,
            double factor,
            double lowFreqFactor,
            double highFreqFactor,
            int originalMaxPositions)
            implements RopeSpec {}
}

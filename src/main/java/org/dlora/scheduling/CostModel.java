package org.dlora.scheduling;

import java.util.List;

/**
 * Predicts seconds on one replica's device. Immutable: what is learned makes another one.
 *
 * @see org.dlora.scheduling.cost.FittedCosts
 */
public interface CostModel {
    /**
     * Knows nothing: a row takes a millisecond, a LoRA term no time, so that merging never pays.
     */
    CostModel UNCALIBRATED =
            new CostModel() {
                @Override
                public double step(StepShape shape) {
                    return 1e-3 * shape.rows();
                }

                @Override
                public double merge(LoraFacts lora) {
                    return 1;
                }
            };

    /** Whether {@link #merge} is derived from steps, as no merge has been measured yet. */
    default boolean isMergeEstimated() {
        return false;
    }

    /**
     * The adapters of a typical step, by which the device was calibrated; an adapter counts as
     * often as it occurs. Empty if none was there.
     */
    default List<LoraFacts> typicalAdapters() {
        return List.of();
    }

    /** Seconds of a step. */
    double step(StepShape shape);

    /**
     * Seconds of work until the merged weights of an adapter are built, with nothing else running.
     */
    double merge(LoraFacts lora);
}

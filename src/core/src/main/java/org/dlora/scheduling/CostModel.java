package org.dlora.scheduling;

import java.util.List;

/**
 * A prediction of the seconds that steps and merges take on one replica's device. Implementations
 * are immutable: a measurement yields another model.
 *
 * @see org.dlora.scheduling.cost.FittedCosts
 */
public interface CostModel {
    /**
     * The model before any measurement. A row takes a millisecond and a LoRA term no time, so
     * merging never pays.
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

    /**
     * Returns whether {@link #merge} is derived from steps because no merge has been measured yet.
     */
    default boolean isMergeEstimated() {
        return false;
    }

    /**
     * Returns the adapters of a typical step of the calibration. An adapter counts as often as it
     * occurs. The list is empty if the calibration had no adapter.
     */
    default List<LoraFacts> typicalAdapters() {
        return List.of();
    }

    /** Returns the predicted seconds of a step. */
    double step(StepShape shape);

    /**
     * Returns the predicted seconds of building an adapter's merged weights while nothing else
     * runs.
     */
    double merge(LoraFacts lora);
}

package org.dlora.replica;

import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.cost.FittedCosts;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.jspecify.annotations.Nullable;

/**
 * The cost model of a replica's device. It is unknown until the calibration, and is corrected by
 * each step and merge afterwards.
 */
final class LearnedCosts {
    private @Nullable FittedCosts fitted;

    void calibrate(FittedCosts costs) {
        fitted = costs;
    }

    /** Returns the cost model; null before the calibration. */
    @Nullable FittedCosts fitted() {
        return fitted;
    }

    CostModel model() {
        var known = fitted;
        return known == null ? CostModel.UNCALIBRATED : known;
    }

    void ran(StepShape shape, double seconds) {
        var known = fitted;
        if (known != null && isTime(seconds)) {
            fitted = known.plus(new StepSample(shape, seconds));
        }
    }

    void merged(LoraFacts lora, double seconds) {
        var known = fitted;
        if (known != null && isTime(seconds)) {
            fitted = known.plus(new MergeSample(lora, seconds));
        }
    }

    private static boolean isTime(double seconds) {
        return seconds > 0 && seconds < Double.POSITIVE_INFINITY;
    }
}

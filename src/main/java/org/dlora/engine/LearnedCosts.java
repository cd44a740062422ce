package org.dlora.engine;

import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.cost.FittedCosts;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.jspecify.annotations.Nullable;

/**
 * What a replica has learned of its device: nothing until it is calibrated, then corrected by each
 * step and merge. Changed on the replica's thread, read by others too.
 */
final class LearnedCosts {
    private volatile @Nullable FittedCosts fitted;

    void calibrate(FittedCosts costs) {
        fitted = costs;
    }

    /** Null before the calibration. */
    @Nullable FittedCosts fitted() {
        return fitted;
    }

    /** Whether steps are known, but what a merge takes is but estimated. */
    boolean isMergeEstimated() {
        var known = fitted;
        return known != null && !known.isMergeMeasured();
    }

    CostModel model() {
        var known = fitted;
        return known == null ? CostModel.UNCALIBRATED : known;
    }

    void ran(StepShape shape, double seconds) {
        var known = fitted;
        if (known != null && seconds > 0) {
            fitted = known.plus(new StepSample(shape, seconds));
        }
    }

    void merged(LoraFacts lora, double seconds) {
        var known = fitted;
        if (known != null && seconds > 0) {
            fitted = known.plus(new MergeSample(lora, seconds));
        }
    }
}

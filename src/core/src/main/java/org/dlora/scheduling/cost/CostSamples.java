package org.dlora.scheduling.cost;

import java.util.List;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;

/**
 * The measurements to which the costs of a device are fitted.
 *
 * @param steps measured steps, at least one
 * @param merges measured merges; if empty, their costs are estimated from the steps
 * @param mergeable examples of adapters that may be merged, for that estimate
 */
public record CostSamples(
        List<StepSample> steps, List<MergeSample> merges, List<LoraFacts> mergeable) {
    public CostSamples {
        steps = List.copyOf(steps);
        merges = List.copyOf(merges);
        mergeable = List.copyOf(mergeable);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("Costs need at least one step that was measured");
        }
    }

    /** Returns the fitted costs. */
    public FittedCosts fit() {
        return merges.isEmpty()
                ? FittedCosts.estimate(steps, mergeable)
                : FittedCosts.fit(steps, merges);
    }
}

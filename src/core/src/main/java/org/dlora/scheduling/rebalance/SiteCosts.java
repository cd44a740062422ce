package org.dlora.scheduling.rebalance;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepShape;

/**
 * Costs of a replica's steps.
 *
 * @param costs cost model of its device
 * @param limits of its steps
 * @param mode of its weights, which is expected to stay
 */
public record SiteCosts(CostModel costs, StepLimits limits, Mode mode) {
    /** Costs of a replica without measurements. */
    public static final SiteCosts UNKNOWN =
            new SiteCosts(CostModel.UNCALIBRATED, new StepLimits(1, 1, 1), Mode.unmerged());

    /** Returns whether the costs follow from measurements. */
    boolean areKnown() {
        return !costs.equals(CostModel.UNCALIBRATED);
    }

    /**
     * Returns the predicted seconds of a decode step, in the present mode or unmerged, whichever is
     * faster.
     *
     * @param rows of each adapter, at least 1 in all
     * @param lora gives the sizes of an adapter
     * @param context positions of all rows
     */
    double decodeStep(
            Map<AdapterRef, Integer> rows, Function<AdapterRef, LoraFacts> lora, long context) {
        double unmerged = decodeStep(rows, lora, context, Mode.unmerged());
        return mode instanceof Mode.Merged
                ? Math.min(unmerged, decodeStep(rows, lora, context, mode))
                : unmerged;
    }

    private double decodeStep(
            Map<AdapterRef, Integer> rows,
            Function<AdapterRef, LoraFacts> lora,
            long context,
            Mode weights) {
        int all = rows.values().stream().mapToInt(Integer::intValue).sum();
        var groups = StepShape.groups(rows, lora, weights);
        return costs.step(new StepShape(0, all, context, 0, groups, all, 0));
    }

    /** Returns the predicted seconds of computing one token of a prompt, in a step of many. */
    double promptRow() {
        int rows = Math.max(2, limits.maxTokens());
        return costs.step(new StepShape(rows, 0, 0, (long) rows * rows / 2, List.of())) / rows;
    }
}

package org.dlora.scheduling.dispatch;

import java.util.List;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.StepShape.Group;

/**
 * The predicted seconds of a replica's steps, without a new request and with it. A step runs in the
 * fastest mode that its rows allow: as merged as the weights are, or unmerged. A step with an exact
 * request is unmerged.
 *
 * @param without decode step of the others; of all but one where these have all places, as the
 *     request begins once a place is free
 * @param with decode step of these and the request
 * @param alone decode step of the request alone
 * @param promptRow one row of the request's prompt, in a step full of such rows
 */
record PredictedStepTimes(double without, double with, double alone, double promptRow) {
    /** Least predicted seconds of a step: no step takes no time. */
    private static final double LEAST = 1e-6;

    static PredictedStepTimes of(DispatchRequest request, ReplicaOutlook outlook) {
        int places = outlook.limits().maxBatch();
        int unfinished = outlook.unfinished();
        int beside = Math.min(unfinished, places - 1);
        long positions = outlook.contextTokens() + outlook.prefillTokens();
        long context = unfinished == 0 ? 0 : positions * beside / unfinished;
        long own = request.promptTokens() + (long) (request.outputTokens() / 2);

        var others = RowsByAdapter.of(outlook);
        double without = 0;
        if (beside > 0) {
            without = fastest(others, outlook, decode(beside, context));
        }
        double with = fastest(others.plus(request, 1), outlook, decode(beside + 1, context + own));
        double alone = fastest(RowsByAdapter.NONE.plus(request, 1), outlook, decode(1, own));
        return new PredictedStepTimes(
                without, Math.max(LEAST, with), alone, promptRow(request, outlook));
    }

    private static double promptRow(DispatchRequest request, ReplicaOutlook outlook) {
        int rows = Math.max(2, outlook.limits().maxTokens());
        long context = (long) rows * request.promptTokens() / 2;
        return fastest(
                        RowsByAdapter.NONE.plus(request, rows),
                        outlook,
                        groups -> new StepShape(rows, 0, 0, context, groups))
                / rows;
    }

    /** A step of which only the LoRA groups depend on the mode. */
    private interface StepInMode {
        StepShape with(List<Group> groups);
    }

    private static StepInMode decode(int rows, long context) {
        return groups -> new StepShape(0, rows, context, 0, groups, rows, 0);
    }

    private static double fastest(RowsByAdapter rows, ReplicaOutlook outlook, StepInMode step) {
        double unmerged = outlook.costs().step(step.with(rows.unmerged()));
        var merged = outlook.merged();
        if (merged == null || rows.isExact() || !rows.canRunIn(merged)) {
            return unmerged;
        }
        return Math.min(unmerged, outlook.costs().step(step.with(rows.mixed(merged))));
    }
}

package org.dlora.console.migrations;

import java.util.regex.Pattern;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.jspecify.annotations.Nullable;

/**
 * A rebalancing plan that was made.
 *
 * @param predicted gain in seconds
 * @param measured gain in seconds; null if its moves were not made
 */
record PlanRow(RebalanceReport report, double predicted, @Nullable Double measured) {

    /** A trigger's sentence about a replica: {@code 0 has 14 requests, the mean is 7.0}. */
    private static final Pattern OF_REPLICA = Pattern.compile("\\S+ (has|holds) .*");

    /** Returns why the plan was made. */
    public String because() {
        var trigger = report.trigger();
        return OF_REPLICA.matcher(trigger).matches() ? "replica " + trigger : trigger;
    }

    /** Returns why its moves were not made, in a sentence; null if they were. */
    public @Nullable String unapplied() {
        if (report.applied()) {
            return null;
        }
        return report.plan().moves().isEmpty()
                ? "So nothing moves."
                : "Its moves were not made: they would gain too little, or make requests end later.";
    }

    static PlanRow of(RebalanceReport report) {
        var plan = report.plan();
        return new PlanRow(
                report,
                plan.gain(),
                Double.isNaN(report.measuredGain()) ? null : report.measuredGain());
    }
}

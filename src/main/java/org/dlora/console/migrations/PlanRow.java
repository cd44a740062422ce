package org.dlora.console.migrations;

import org.dlora.cluster.rebalance.RebalanceReport;
import org.jspecify.annotations.Nullable;

/**
 * A rebalancing plan that was made.
 *
 * @param predicted gain in seconds
 * @param measured gain in seconds; null if its moves were not made
 */
record PlanRow(RebalanceReport report, double predicted, @Nullable Double measured) {

    static PlanRow of(RebalanceReport report) {
        var plan = report.plan();
        return new PlanRow(
                report,
                plan.gain(),
                Double.isNaN(report.measured()) ? null : plan.before() - report.measured());
    }
}

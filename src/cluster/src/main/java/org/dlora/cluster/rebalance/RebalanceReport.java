package org.dlora.cluster.rebalance;

import java.time.Instant;
import org.dlora.scheduling.rebalance.RebalancePlan;

/**
 * A rebalancing plan that was made, and what came of it.
 *
 * @param trigger why it was made, as a sentence without a full stop
 * @param applied whether its moves were begun
 * @param moved requests that were moved
 * @param unmoved requests that had ended, or could not be moved
 * @param measured load of the fullest replica after the moves, in seconds, to be compared with the
 *     plan's {@link RebalancePlan#after}; NaN if none were begun
 * @param measuredGain seconds by which the moves have shrunk the load of the fullest replica, to be
 *     compared with the plan's {@link RebalancePlan#gain}; NaN if none were begun
 */
public record RebalanceReport(
        Instant at,
        String trigger,
        RebalancePlan plan,
        boolean applied,
        int moved,
        int unmoved,
        double measured,
        double measuredGain) {

    /** Creates the report of a plan whose moves were not begun. */
    public static RebalanceReport planned(Instant at, String trigger, RebalancePlan plan) {
        return new RebalanceReport(at, trigger, plan, false, 0, 0, Double.NaN, Double.NaN);
    }
}

package org.dlora.cluster.rebalance;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.scheduling.rebalance.RebalancePlan;

/** Service that plans which requests move between replicas, and has them moved. Thread-safe. */
public interface RebalanceService {

    /**
     * Returns the plan for the present loads; nothing moves. Solving takes the time limit at most,
     * longer where all processors compute steps. Moves that run are not waited for.
     */
    RebalancePlan dryRun();

    /**
     * Makes a plan and applies it, whatever it gains.
     *
     * @return completes with the report when the moves have ended
     */
    CompletableFuture<RebalanceReport> rebalanceNow(String reason);

    /** Returns the last plans, the oldest first. */
    List<RebalanceReport> reports();
}

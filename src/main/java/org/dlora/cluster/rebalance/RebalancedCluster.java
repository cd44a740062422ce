package org.dlora.cluster.rebalance;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.dlora.scheduling.rebalance.RebalanceProblem;

/** A cluster as a {@link Rebalancer} sees it. Thread-safe. */
public interface RebalancedCluster {

    /** Returns the loads of the replicas that take requests. */
    List<ReplicaLoad> loads();

    /** Returns replicas, adapters and unfinished requests as they are now. */
    RebalanceProblem problem();

    /**
     * Moves a request.
     *
     * @param gain seconds that the plan of the move gains
     * @return completes with the result, never exceptionally
     */
    CompletableFuture<MigrationResult> move(RequestMove move, double gain);
}

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

    /** Tells {@code observer} from now on of each request that has moved, whoever ordered it. */
    void watch(MoveObserver observer);

    /** Observer of requests that have moved. Must return at once. Thread-safe. */
    @FunctionalInterface
    interface MoveObserver {
        /**
         * Takes a move that was made.
         *
         * @param from id of the replica that the request left
         * @param to id of the replica that runs it
         */
        void moved(String request, String from, String to);
    }

    /**
     * Moves a request.
     *
     * @param gain of the plan
     * @return completes with the result, never exceptionally
     */
    CompletableFuture<MigrationResult> move(RequestMove move, PlanGain gain);
}

package org.dlora.cluster.replicas;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Service that shows and restarts replicas. Thread-safe. */
public interface ReplicaRestarts {

    /** Returns the condition of each replica, in configured order. */
    List<ReplicaCondition> conditions();

    /**
     * Restarts a replica; see {@link RestartableReplica#restart}.
     *
     * @throws IllegalArgumentException if there is no such replica
     * @throws IllegalStateException if it cannot begin anew
     */
    CompletableFuture<Void> restart(String replica);
}

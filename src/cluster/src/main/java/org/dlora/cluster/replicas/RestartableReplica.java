package org.dlora.cluster.replicas;

import java.util.concurrent.CompletableFuture;
import org.dlora.engine.ReplicaRef;

/** A replica that begins anew under the same id after a failure, or when it is asked to. */
public interface RestartableReplica extends ReplicaRef {

    /** Returns the replica's state, and its reason. */
    ReplicaCondition condition();

    /**
     * Begins anew. Its requests are continued on other replicas first, or fail if there is none.
     *
     * @return completes when it serves again; exceptionally if it is closed, or if the first
     *     attempt fails. Further attempts follow then
     */
    CompletableFuture<Void> restart();
}

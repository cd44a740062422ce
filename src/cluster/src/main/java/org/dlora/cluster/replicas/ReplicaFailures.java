package org.dlora.cluster.replicas;

import org.dlora.engine.ReplicaRef;

/** Listener to replicas that fail, and that come back. */
public interface ReplicaFailures {

    /**
     * Continues the requests of a replica on others, or ends them. It takes no requests any more.
     *
     * @param reason a sentence without a full stop
     */
    void lost(ReplicaRef replica, String reason);

    /** Notes that a replica has begun anew: it serves, with an empty KV cache. */
    void restarted(ReplicaRef replica);
}

package org.dlora.cluster.replicas;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Service that shows the replicas, and drains them. Thread-safe. */
public interface ReplicaService {

    /** Lists the replicas with their requests, in configured order. */
    List<ReplicaReport> replicas();

    /** Returns the state of each replica with its reason, by its id, in configured order. */
    Map<String, ReplicaReport.Condition> conditions();

    /**
     * Returns one replica with its requests.
     *
     * @throws NoSuchReplicaException if there is none
     */
    ReplicaReport replica(String id);

    /**
     * Has a replica take no new requests, and moves those that it has to others. A request that
     * cannot move runs to its end. Does nothing if it is draining.
     *
     * @throws NoSuchReplicaException if there is none
     * @throws IllegalStateException if no other replica takes requests
     */
    void drain(String id);

    /**
     * Has a replica take requests again. Does nothing if it is not draining.
     *
     * @throws NoSuchReplicaException if there is none
     */
    void resume(String id);

    /**
     * Has a replica begin anew. Its requests are continued on others first, or fail if there is
     * none.
     *
     * @param force whether that is wanted also for the only replica that serves
     * @return completes when it serves again; exceptionally if the first attempt fails
     * @throws NoSuchReplicaException if there is none
     * @throws IllegalStateException if it cannot begin anew, or if no other replica serves and it
     *     is not forced
     */
    CompletableFuture<Void> restart(String id, boolean force);
}

package org.dlora.cluster.residency;

import java.util.LinkedHashMap;
import java.util.List;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.Dispatch;
import org.dlora.scheduling.ReplicaLoad;

/** The choice of a replica for a request. */
public final class ReplicaChoice {
    private ReplicaChoice() {}

    /**
     * Returns the replica of least load.
     *
     * @throws IllegalStateException if none serves
     */
    public static ReplicaRef leastLoaded(List<ReplicaRef> replicas) {
        var serving = new LinkedHashMap<ReplicaLoad, ReplicaRef>();
        replicas.stream()
                .filter(ReplicaRef::isServing)
                .forEach(replica -> serving.put(replica.load(), replica));
        return Dispatch.leastLoaded(serving.keySet())
                .map(serving::get)
                .orElseThrow(ReplicaChoice::noneServes);
    }

    /** Returns the exception for a request that finds no replica. */
    public static IllegalStateException noneServes() {
        return new IllegalStateException(
                "No replica is serving: the server is shutting down, or its log says why they ended");
    }
}

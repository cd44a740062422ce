package org.dlora.cluster.samples;

import java.util.List;

/**
 * The cluster at the moment of a sample.
 *
 * @param replicas in configured order
 * @param waitingForShared requests that wait for an adapter in a memory that several replicas share
 */
public record ClusterReading(List<ReplicaReading> replicas, int waitingForShared) {
    public ClusterReading {
        replicas = List.copyOf(replicas);
    }
}

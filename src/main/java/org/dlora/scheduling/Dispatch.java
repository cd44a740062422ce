package org.dlora.scheduling;

import static java.util.Comparator.comparingInt;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The choice of a replica for a new request. */
public final class Dispatch {
    private static final Comparator<ReplicaLoad> BY_LOAD =
            comparingInt((ReplicaLoad load) -> load.running() + load.waiting())
                    .thenComparing(comparingInt(ReplicaLoad::freeBlocks).reversed());

    private Dispatch() {}

    /**
     * Returns the replica with the fewest unfinished requests. Ties go to the one with most free
     * blocks, then to the first.
     *
     * @param serving loads of the replicas that take requests
     */
    public static Optional<ReplicaLoad> leastLoaded(Collection<ReplicaLoad> serving) {
        return serving.stream().min(BY_LOAD);
    }
}

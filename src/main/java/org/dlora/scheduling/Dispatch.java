package org.dlora.scheduling;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The choice of a replica, or of an adapter memory, for a new request. */
public final class Dispatch {
    private static final Comparator<ReplicaLoad> BY_LOAD =
            comparingInt((ReplicaLoad load) -> load.running() + load.waiting())
                    .thenComparing(comparingInt(ReplicaLoad::freeBlocks).reversed());

    /** Requests that a load of an adapter weighs as much as, in the choice of a memory. */
    public static final int LOAD_WEIGHT = 8;

    private static final Comparator<MemoryLoad> BY_ROOM_AND_LOAD =
            comparing((MemoryLoad option) -> !option.fits())
                    .thenComparingDouble(Dispatch::loadPerReplica);

    private Dispatch() {}

    private static double loadPerReplica(MemoryLoad option) {
        int load = option.hasAdapter() ? 0 : LOAD_WEIGHT;
        return (option.unfinished() + load) / (double) option.replicas();
    }

    /**
     * Returns the adapter memory with the fewest unfinished requests for each replica. A memory
     * that would have to load the adapter counts as if it had {@value #LOAD_WEIGHT} more. One that
     * the adapter does not fit into is chosen only if it fits nowhere.
     *
     * @param options memories whose replicas take requests
     */
    public static Optional<MemoryLoad> memory(Collection<MemoryLoad> options) {
        return options.stream().min(BY_ROOM_AND_LOAD);
    }

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

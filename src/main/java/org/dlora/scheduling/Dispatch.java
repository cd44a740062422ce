package org.dlora.scheduling;

import static java.util.Comparator.comparingDouble;
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
    private static final int LOAD_WEIGHT = 8;

    private Dispatch() {}

    /**
     * Returns the adapter memory with the fewest unfinished requests for each replica. A memory
     * that would have to load the adapter counts as if it had {@value #LOAD_WEIGHT} more.
     *
     * @param options memories whose replicas take requests
     */
    public static Optional<MemoryLoad> memory(Collection<MemoryLoad> options) {
        return options.stream()
                .min(
                        comparingDouble((MemoryLoad option) ->
                                (option.unfinished() + (option.hasAdapter() ? 0 : LOAD_WEIGHT))
                                        / (double) option.replicas()));
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

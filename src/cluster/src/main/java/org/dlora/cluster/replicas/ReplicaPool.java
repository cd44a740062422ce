package org.dlora.cluster.replicas;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.engine.ReplicaRef;

/**
 * The replicas of a cluster and the adapter memories that they share. A draining replica takes no
 * requests. Thread-safe.
 */
public final class ReplicaPool {
    private final List<ReplicaRef> replicas;
    private final List<AdapterMemory> memories;
    private final Map<ReplicaRef, AdapterMemory> memoryOf = new HashMap<>();
    private final Set<String> draining = ConcurrentHashMap.newKeySet();

    /**
     * @param memories started ones, of which each replica has one
     */
    public ReplicaPool(List<? extends ReplicaRef> replicas, List<AdapterMemory> memories) {
        this.replicas = List.copyOf(replicas);
        this.memories = List.copyOf(memories);
        for (var memory : memories) {
            memory.replicas().forEach(replica -> memoryOf.put(replica, memory));
        }
    }

    public List<ReplicaRef> all() {
        return replicas;
    }

    public List<AdapterMemory> memories() {
        return memories;
    }

    /**
     * Returns the replica {@code id}.
     *
     * @throws NoSuchReplicaException if there is none
     */
    public ReplicaRef find(String id) {
        return replicas.stream()
                .filter(replica -> replica.id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                        new NoSuchReplicaException(
                                id, replicas.stream().map(ReplicaRef::id).toList()));
    }

    /** Returns the memory of a replica's adapters. */
    public AdapterMemory memory(ReplicaRef replica) {
        return Objects.requireNonNull(memoryOf.get(replica));
    }

    /**
     * Returns the source of an adapter that some memory knows. A retired one is known where
     * requests use it.
     */
    public Optional<RegisteredAdapter> source(String adapter) {
        return memories.stream().flatMap(memory -> memory.source(adapter).stream()).findFirst();
    }

    /** Sets whether a replica takes no requests. */
    public void drain(String id, boolean drains) {
        var replica = find(id);
        if (drains) {
            draining.add(replica.id());
        } else {
            draining.remove(replica.id());
        }
    }

    boolean isDraining(ReplicaRef replica) {
        return draining.contains(replica.id());
    }

    /** Returns whether a replica takes requests. */
    public boolean accepts(ReplicaRef replica) {
        return replica.isServing() && !isDraining(replica);
    }

    /**
     * Returns the replicas of {@code some} that take requests, or those that drain if there are
     * none, without those of {@code except}.
     */
    public List<ReplicaRef> acceptingOrDraining(List<ReplicaRef> some, Set<ReplicaRef> except) {
        var accepting = accepting(some, except);
        return accepting.isEmpty()
                ? some.stream()
                        .filter(replica -> replica.isServing() && !except.contains(replica))
                        .toList()
                : accepting;
    }

    /** Returns the replicas of {@code some} that take requests, without those of {@code except}. */
    public List<ReplicaRef> accepting(List<ReplicaRef> some, Set<ReplicaRef> except) {
        return some.stream()
                .filter(replica -> accepts(replica) && !except.contains(replica))
                .toList();
    }
}

package org.dlora.cluster;

import static java.util.Comparator.comparingInt;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.engine.GenerationListener;
import org.dlora.engine.GenerationRequest;
import org.dlora.engine.ReplicaLoad;
import org.dlora.engine.ReplicaRef;

/**
 * All replicas as one: each request goes to the one with the fewest unfinished requests, the one
 * with more free blocks of equals.
 */
public final class Cluster implements GenerationService, AutoCloseable {
    private static final Comparator<ReplicaLoad> LEAST_LOADED =
            comparingInt((ReplicaLoad load) -> load.running() + load.waiting())
                    .thenComparing(comparingInt(ReplicaLoad::freeBlocks).reversed());

    private final List<ReplicaRef> replicas;
    private final int maxQueue;
    private final Map<String, ReplicaRef> homes = new ConcurrentHashMap<>();

    /**
     * @param replicas started; closed with the cluster
     * @param maxQueue waiting requests at most, over all replicas
     */
    public Cluster(List<? extends ReplicaRef> replicas, int maxQueue) {
        if (replicas.isEmpty() || maxQueue < 1) {
            throw new IllegalArgumentException(
                    "A cluster needs at least 1 replica and a queue of 1, given were "
                            + replicas.size()
                            + " and "
                            + maxQueue);
        }
        this.replicas = List.copyOf(replicas);
        this.maxQueue = maxQueue;
    }

    /** Load of each replica, in configured order. */
    public List<ReplicaLoad> loads() {
        return replicas.stream().map(ReplicaRef::load).toList();
    }

    @Override
    public boolean isServing() {
        return replicas.stream().allMatch(ReplicaRef::isServing);
    }

    @Override
    public synchronized void submit(GenerationRequest request, GenerationListener listener) {
        int waiting = loads().stream().mapToInt(ReplicaLoad::waiting).sum();
        if (waiting >= maxQueue) {
            throw new QueueFullException(waiting, maxQueue);
        }
        var replica = leastLoaded();
        if (homes.putIfAbsent(request.id(), replica) != null) {
            throw new IllegalArgumentException(
                    "A request with id " + request.id() + " is unfinished");
        }
        try {
            replica.submit(
                    request,
                    event -> {
                        if (event.isLast()) {
                            homes.remove(request.id());
                        }
                        listener.on(event);
                    });
        } catch (RuntimeException e) {
            homes.remove(request.id());
            throw e;
        }
    }

    @Override
    public void cancel(String requestId) {
        var replica = homes.get(requestId);
        if (replica != null) {
            replica.cancel(requestId);
        }
    }

    /** Closes the replicas: what is unfinished fails. */
    @Override
    public void close() {
        replicas.forEach(ReplicaRef::close);
    }

    private ReplicaRef leastLoaded() {
        return replicas.stream()
                .filter(ReplicaRef::isServing)
                .min(Comparator.comparing(ReplicaRef::load, LEAST_LOADED))
                .orElseThrow(() ->
                        new IllegalStateException(
                                "No replica is serving: the server is shutting down, or its log says why they ended"));
    }
}

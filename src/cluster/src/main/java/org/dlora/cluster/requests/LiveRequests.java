package org.dlora.cluster.requests;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.engine.ReplicaRef;

/** Table of the cluster's unfinished requests by id. Thread-safe. */
public final class LiveRequests {
    private final Map<String, LiveRequest> byId = new ConcurrentHashMap<>();

    /**
     * Adds a request.
     *
     * @throws IllegalArgumentException if one with its id is unfinished
     */
    public void add(LiveRequest request) {
        if (byId.putIfAbsent(request.id(), request) != null) {
            throw new IllegalArgumentException(
                    "A request with id " + request.id() + " is unfinished");
        }
    }

    public void remove(LiveRequest request) {
        byId.remove(request.id(), request);
    }

    public Optional<LiveRequest> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Returns the requests that {@code replica} owns. */
    public List<LiveRequest> of(ReplicaRef replica) {
        return byId.values().stream().filter(request -> replica.equals(request.owner())).toList();
    }

    public int size() {
        return byId.size();
    }

    public List<LiveRequest> all() {
        return List.copyOf(byId.values());
    }
}

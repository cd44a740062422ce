package org.dlora.cluster;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.engine.ReplicaRef;

/** Table of the cluster's unfinished requests by id. Thread-safe. */
final class LiveRequests {
    private final Map<String, LiveRequest> byId = new ConcurrentHashMap<>();

    /**
     * Adds a request.
     *
     * @throws IllegalArgumentException if one with its id is unfinished
     */
    void add(LiveRequest request) {
        if (byId.putIfAbsent(request.id(), request) != null) {
            throw new IllegalArgumentException(
                    "A request with id " + request.id() + " is unfinished");
        }
    }

    void remove(LiveRequest request) {
        byId.remove(request.id(), request);
    }

    Optional<LiveRequest> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Returns the requests that {@code replica} owns. */
    List<LiveRequest> of(ReplicaRef replica) {
        return byId.values().stream().filter(request -> replica.equals(request.owner())).toList();
    }

    int size() {
        return byId.size();
    }

    List<LiveRequest> all() {
        return List.copyOf(byId.values());
    }
}

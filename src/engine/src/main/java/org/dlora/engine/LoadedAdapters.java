package org.dlora.engine;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.replica.ReplicaEvent;

/**
 * The adapters of a replica as its callers see them: the ids that requests may name, and the
 * futures of loads and unloads that are under way. Thread-safe.
 */
final class LoadedAdapters {
    private final ReplicaMetrics metrics;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Map<String, PendingLoad> loading = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> leaving = new ConcurrentHashMap<>();

    /** Adapters that are not loaded again, so that their meters go. */
    private final Set<String> unloading = ConcurrentHashMap.newKeySet();

    private record PendingLoad(String name, CompletableFuture<Void> done) {}

    /**
     * @param loaded ids of the adapters that are there from the start
     */
    LoadedAdapters(Set<String> loaded, ReplicaMetrics metrics) {
        this.metrics = metrics;
        open.addAll(loaded);
    }

    /** Returns the ids that requests may name, as of now. */
    Set<String> open() {
        return open;
    }

    /** Returns a future that completes once the replica has loaded adapter {@code id}. */
    CompletableFuture<Void> load(String id, String name) {
        var done = new CompletableFuture<Void>();
        if (loading.putIfAbsent(id, new PendingLoad(name, done)) != null) {
            return CompletableFuture.failedFuture(inUse(id));
        }
        return done;
    }

    private static IllegalStateException inUse(String id) {
        return new IllegalStateException("Adapter id " + id + " is in use already");
    }

    /**
     * Refuses further requests for adapter {@code id}.
     *
     * @param forever whether the adapter is never loaded again
     * @return a future that completes once the replica does not read its weights any more
     */
    CompletableFuture<Void> leave(String id, boolean forever) {
        open.remove(id);
        if (forever) {
            unloading.add(id);
        }
        return leaving.computeIfAbsent(id, _ -> new CompletableFuture<>());
    }

    /** Takes an event of the replica's. */
    void on(ReplicaEvent event) {
        switch (event) {
            case ReplicaEvent.AdapterLoaded(var id) -> loaded(id);
            case ReplicaEvent.AdapterRefused(var id) -> fail(id, inUse(id));
            case ReplicaEvent.AdapterUnloaded(var id) -> unloaded(id);
            default -> {}
        }
    }

    private void loaded(String id) {
        var one = loading.remove(id);
        if (one != null) {
            metrics.loaded(id, one.name());
            open.add(id);
            one.done().complete(null);
        }
    }

    /** Fails the load of adapter {@code id}. */
    void fail(String id, Throwable cause) {
        var one = loading.remove(id);
        if (one != null) {
            one.done().completeExceptionally(cause);
        }
    }

    private void unloaded(String id) {
        open.remove(id);
        if (unloading.remove(id)) {
            metrics.unloaded(id);
        }
        var done = leaving.remove(id);
        if (done != null) {
            done.complete(null);
        }
    }

    /** Ends all waiting: there will be no more steps. */
    void end(Throwable cause) {
        loading.keySet().forEach(id -> fail(id, cause));
        leaving.values().forEach(done -> done.complete(null));
        leaving.clear();
    }
}

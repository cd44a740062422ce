package org.dlora.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.engine.ReplicaMessage.Load;
import org.dlora.engine.ReplicaMessage.Unload;

/**
 * The adapters of a replica on their way in and out. All but {@link #open} and {@link #refuse}
 * belongs to the replica's thread.
 */
final class LoadedAdapters {
    private final Engine engine;
    private final ReplicaMetrics metrics;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Map<String, CompletableFuture<Void>> leaving = new HashMap<>();

    LoadedAdapters(Engine engine, ReplicaMetrics metrics) {
        this.engine = engine;
        this.metrics = metrics;
        open.addAll(engine.adapters().keySet());
    }

    /** Ids that requests may name, as of now. */
    Set<String> open() {
        return open;
    }

    /** From now on no request may name {@code id}. */
    void refuse(String id) {
        open.remove(id);
    }

    void load(Load load) {
        if (engine.adapters().containsKey(load.id())) {
            load.done()
                    .completeExceptionally(
                            new IllegalStateException(
                                    "Adapter id " + load.id() + " is in use already"));
            return;
        }
        engine.load(load.id(), load.terms());
        metrics.loaded(load.id(), load.name());
        open.add(load.id());
        load.done().complete(null);
    }

    void unload(Unload unload) {
        open.remove(unload.id());
        var earlier = leaving.putIfAbsent(unload.id(), unload.done());
        if (earlier != null) {
            var _ = earlier.thenRun(() -> unload.done().complete(null));
        }
    }

    /** Between two steps: lets go of those whose last request has ended. */
    void settle() {
        leaving.entrySet()
                .removeIf(entry -> {
                    boolean unused = !engine.uses(entry.getKey());
                    if (unused) {
                        engine.unload(entry.getKey());
                        metrics.unloaded(entry.getKey());
                        entry.getValue().complete(null);
                    }
                    return unused;
                });
    }

    /** There will be no more steps. */
    void end() {
        leaving.values().forEach(done -> done.complete(null));
        leaving.clear();
    }
}

package org.dlora.cluster;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.cluster.adapters.ModelNames;
import org.dlora.cluster.adapters.ServedAdapter;

/** Names that have one registration each, for tests of a cluster without a catalogue. */
public final class ServedNames implements ModelNames {
    private final String baseName;
    private final Map<String, ServedAdapter> served = new ConcurrentHashMap<>();

    public ServedNames(String baseName, List<ServedAdapter> adapters) {
        this.baseName = baseName;
        adapters.forEach(adapter -> served.put(adapter.name(), adapter));
    }

    @Override
    public String baseName() {
        return baseName;
    }

    @Override
    public Optional<ServedAdapter> find(String name) {
        return Optional.ofNullable(served.get(name));
    }

    @Override
    public boolean isServed(String name, String registration) {
        return find(name).filter(adapter -> adapter.id().equals(registration)).isPresent();
    }

    /** Serves a registration in the place of the one that has its name. */
    public CompletableFuture<Void> change(Cluster cluster, ServedAdapter next) {
        return cluster.change(() -> {
            cluster.register(next);
            var before = served.put(next.name(), next);
            return before == null
                    ? CompletableFuture.<Void>completedFuture(null)
                    : cluster.retire(before.id());
        });
    }

    /** Takes a name away; empty if nothing has it. */
    public Optional<CompletableFuture<Void>> withdraw(Cluster cluster, String name) {
        return cluster.change(() ->
                Optional.ofNullable(served.remove(name))
                        .map(adapter -> cluster.retire(adapter.id())));
    }
}

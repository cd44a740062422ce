package org.dlora.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.dlora.cluster.AdapterReport.InMemory;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;

/** Residency of a cluster's adapters in all of its adapter memories. */
public final class ClusterResidency implements ResidencyService {
    private final Catalogue catalogue;
    private final List<AdapterMemory> memories;
    private final RuntimeAdapters changes;

    /**
     * @param changes knows the adapters that are not served because of their files
     */
    public ClusterResidency(
            Catalogue catalogue, List<AdapterMemory> memories, RuntimeAdapters changes) {
        this.catalogue = catalogue;
        this.memories = List.copyOf(memories);
        this.changes = changes;
    }

    @Override
    public List<AdapterReport> reports() {
        var reports = new ArrayList<AdapterReport>();
        for (var adapter : catalogue.adapters()) {
            var states = new ArrayList<InMemory>();
            for (var memory : memories) {
                memory.status(adapter.id())
                        .ifPresent(status ->
                                states.add(
                                        new InMemory(memory.name(), memory.replicaIds(), status)));
            }
            reports.add(new AdapterReport(adapter, states));
        }
        return reports;
    }

    @Override
    public List<BrokenAdapter> broken() {
        return changes.broken();
    }

    @Override
    public void pin(String name, boolean pinned) {
        var id = id(name);
        var changed = new ArrayList<AdapterMemory>();
        try {
            for (var memory : memories) {
                boolean before = memory.status(id).filter(AdapterStatus::pinned).isPresent();
                memory.pin(id, pinned);
                if (before != pinned) {
                    changed.add(memory);
                }
            }
        } catch (RuntimeException e) {
            changed.forEach(memory -> memory.pin(id, !pinned));
            throw e;
        }
    }

    @Override
    public CompletableFuture<Void> load(String name) {
        var id = id(name);
        return each(memory -> memory.makeResident(id));
    }

    @Override
    public CompletableFuture<Void> evict(String name) {
        var id = id(name);
        return each(memory -> memory.evict(id));
    }

    private String id(String name) {
        return catalogue
                .find(name)
                .map(ServedAdapter::id)
                .orElseThrow(() -> new NoSuchAdapterException(name));
    }

    private CompletableFuture<Void> each(Function<AdapterMemory, CompletableFuture<Void>> change) {
        return CompletableFuture.allOf(
                memories.stream().map(change).toArray(CompletableFuture[]::new));
    }
}

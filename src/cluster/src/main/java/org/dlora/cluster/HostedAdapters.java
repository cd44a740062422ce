package org.dlora.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.dlora.cluster.adapters.AdapterSwitch;
import org.dlora.cluster.adapters.Catalogue;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;

/**
 * The registrations of the catalogue in the memories of the replicas. Changes come one at a time,
 * and none while a request finds its adapter.
 */
final class HostedAdapters {
    private final Catalogue catalogue;
    private final List<AdapterMemory> memories;

    HostedAdapters(Catalogue catalogue, List<AdapterMemory> memories) {
        this.catalogue = catalogue;
        this.memories = memories;
    }

    /**
     * Serves {@code next} under its name from now on. Registrations that it has and what is served
     * has not begin; those that it has not end. A registration whose versions no alias uses any
     * more gives its memory back, and requests that give the version's number load it again.
     *
     * @return completes once the registrations that ended take no memory in the memories where they
     *     were; a request that moves may have taken one to another
     */
    CompletableFuture<Void> change(CatalogueEntry next) {
        var present = catalogue.entry(next.name());
        var before = present.map(CatalogueEntry::registrations).orElse(Map.of());
        var after = next.registrations();
        after.forEach((id, adapter) -> {
            if (!before.containsKey(id)) {
                memories.forEach(memory -> memory.register(id, adapter.source()));
            } else if (!adapter.equals(before.get(id))) {
                memories.forEach(memory -> memory.replace(id, adapter.source()));
            }
        });
        catalogue.put(next);
        var gone = new ArrayList<CompletableFuture<Void>>();
        for (var memory : memories) {
            present.ifPresent(old -> AdapterSwitch.of(old, next, memory).apply());
            before.keySet().stream()
                    .filter(id -> !after.containsKey(id))
                    .forEach(id -> gone.add(memory.retire(id)));
        }
        return all(gone);
    }

    /**
     * Takes {@code name} away.
     *
     * @return completes once the adapter takes no memory in the memories where it was, while a
     *     request that moves may have taken it to another; empty if there was none
     */
    Optional<CompletableFuture<Void>> withdraw(String name) {
        return catalogue
                .remove(name)
                .map(entry ->
                        all(
                                entry.registrations().keySet().stream()
                                        .flatMap(id -> retired(id).stream())
                                        .toList()));
    }

    /** Makes a registration known that the catalogue does not list. */
    void host(ServedAdapter unlisted) {
        memories.forEach(memory -> memory.register(unlisted.id(), unlisted.source()));
    }

    /**
     * Takes a registration away that the catalogue does not list.
     *
     * @return completes once it takes no memory
     */
    CompletableFuture<Void> dismiss(String unlisted) {
        return all(retired(unlisted));
    }

    private List<CompletableFuture<Void>> retired(String id) {
        return memories.stream().map(memory -> memory.retire(id)).toList();
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> each) {
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new));
    }

    /** Returns the ids of an adapter's weights: those served, and earlier ones in use. */
    Set<String> weights(CatalogueEntry entry) {
        var served = entry.registrations().keySet();
        return memories.stream()
                .flatMap(memory -> memory.report(entry.name(), served).stream())
                .map(AdapterStatus::id)
                .collect(Collectors.toSet());
    }

    /**
     * Loads a registration of an adapter where one that requests for the name get is resident.
     *
     * @return a load for each of these memories; one that fails changes nothing
     */
    List<CompletableFuture<Void>> prefetch(CatalogueEntry entry, String id) {
        return memories.stream()
                .filter(memory ->
                        entry.routed().stream()
                                .anyMatch(adapter -> memory.isResident(adapter.id())))
                .map(memory -> memory.makeResident(id))
                .toList();
    }
}

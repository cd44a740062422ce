package org.dlora.catalogue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.catalogue.served.AdapterSwitch;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;

/**
 * The catalogue, and its registrations in the memories of a cluster. Changes come one at a time,
 * and none while a request finds its adapter.
 *
 * @param names the adapters as they are served
 */
public record HostedCatalogue(Cluster cluster, Catalogue names) {

    /**
     * Serves {@code next} under its name from now on. New registrations of {@code next} start, and
     * those that are missing in it end. A registration whose versions no alias uses any more gives
     * its memory back, and requests that give the version's number load it again.
     *
     * @return completes once the registrations that ended take no memory in the memories where they
     *     were; a request that moves may have taken one to another
     */
    CompletableFuture<Void> change(CatalogueEntry next) {
        return cluster.change(() -> {
            var present = names.entry(next.name());
            var before = present.map(CatalogueEntry::registrations).orElse(Map.of());
            var after = next.registrations();
            after.forEach((id, adapter) -> {
                if (!before.containsKey(id)) {
                    cluster.register(adapter);
                } else if (!adapter.equals(before.get(id))) {
                    cluster.replace(adapter);
                }
            });
            var _ = names.put(next);
            present.ifPresent(old ->
                    memories().forEach(memory -> AdapterSwitch.of(old, next, memory).apply()));
            return retired(before.keySet().stream().filter(id -> !after.containsKey(id)));
        });
    }

    private CompletableFuture<Void> retired(Stream<String> ids) {
        return CompletableFuture.allOf(ids.map(cluster::retire).toArray(CompletableFuture[]::new));
    }

    /**
     * Takes {@code name} away. Requests that came before are served.
     *
     * @return completes once the adapter takes no memory in the memories where it was, while a
     *     request that moves may have taken it to another; empty if there was none
     */
    Optional<CompletableFuture<Void>> withdraw(String name) {
        return cluster.change(() ->
                names.remove(name).map(entry -> retired(entry.registrations().keySet().stream())));
    }

    /** Returns the ids of an adapter's weights: those served, and earlier ones in use. */
    Set<String> weights(CatalogueEntry entry) {
        var served = entry.registrations().keySet();
        return memories().stream()
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
        return memories().stream()
                .filter(memory ->
                        entry.routed().stream().map(ServedAdapter::id).anyMatch(memory::isResident))
                .map(memory -> memory.makeResident(id))
                .toList();
    }

    private List<AdapterMemory> memories() {
        return cluster.pool().memories();
    }
}

package org.dlora.catalogue.served;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.cluster.residency.RegisteredSizes;

/** Service that shows which adapters are resident, and changes it by hand. Thread-safe. */
public interface ResidencyService {

    /** Lists the served adapters, in the order of {@code /v1/models}. */
    List<AdapterReport> reports();

    /**
     * Returns a served adapter; empty if none has that name. Costs no more where many are served.
     */
    default Optional<AdapterReport> report(String name) {
        return reports().stream()
                .filter(report -> report.adapter().name().equals(name))
                .findFirst();
    }

    /** Lists what each adapter memory has, in configured order. Costs nothing for idle adapters. */
    default List<MemoryContent> held() {
        return List.of();
    }

    /** Returns the sizes of what may be loaded, by the memory's name. Looks at all adapters. */
    default Map<String, RegisteredSizes> registered() {
        return Map.of();
    }

    /** Lists the adapter memories, each with its last plan, in configured order. */
    List<MemoryReport> memories();

    /** Lists what the adapter memories did for requests and what leaves them next. */
    default List<MemoryOutlook> outlooks() {
        return List.of();
    }

    /** Lists the adapters that are not served because of their files. */
    List<BrokenAdapter> broken();

    /**
     * Pins or unpins an adapter. A pinned one is loaded, and never evicted.
     *
     * @throws NoSuchAdapterException if none has that name
     * @throws IllegalStateException if it does not fit beside the other pinned ones
     */
    void pin(String name, boolean pinned);

    /**
     * Loads an adapter into every memory. Where one cannot, it is loaded into the others.
     *
     * @return completes once it is resident, exceptionally if it cannot be loaded
     * @throws NoSuchAdapterException if none has that name
     */
    CompletableFuture<Void> load(String name);

    /**
     * Evicts an adapter from every memory once the requests that run with it have ended. Later
     * requests load it again. Where one memory refuses, it is evicted from the others, and the
     * message says so.
     *
     * @return completes once it takes no memory
     * @throws NoSuchAdapterException if none has that name
     * @throws IllegalStateException if it is pinned, or being loaded
     */
    CompletableFuture<Void> evict(String name);
}

package org.dlora.catalogue.manifest;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.served.MemoryContent;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.cluster.residency.RegisteredSizes;

/**
 * Residency with pins by others than the manifest.
 *
 * @param service does all
 */
public record GuardedResidency(ResidencyService service, ManagedAdapters managed)
        implements ResidencyService {

    @Override
    public void pin(String name, boolean pinned) {
        boolean isWanted =
                managed.find(name)
                        .filter(adapter -> adapter.details().pinned().orElse(false) == pinned)
                        .isPresent();
        if (!isWanted) {
            managed.requireFree(name, DesiredAdapter.PINNED);
        }
        service.pin(name, pinned);
    }

    @Override
    public List<AdapterReport> reports() {
        return service.reports();
    }

    @Override
    public Optional<AdapterReport> report(String name) {
        return service.report(name);
    }

    @Override
    public List<MemoryContent> held() {
        return service.held();
    }

    @Override
    public Map<String, RegisteredSizes> registered() {
        return service.registered();
    }

    @Override
    public List<MemoryReport> memories() {
        return service.memories();
    }

    @Override
    public List<MemoryOutlook> outlooks() {
        return service.outlooks();
    }

    @Override
    public List<BrokenAdapter> broken() {
        return service.broken();
    }

    @Override
    public CompletableFuture<Void> load(String name) {
        return service.load(name);
    }

    @Override
    public CompletableFuture<Void> evict(String name) {
        return service.evict(name);
    }
}

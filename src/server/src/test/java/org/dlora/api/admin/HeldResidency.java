package org.dlora.api.admin;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.cluster.residency.MemoryReport;

/**
 * Residency whose pins are made after something else.
 *
 * @param before runs on the thread of the pin
 */
record HeldResidency(ResidencyService residency, Runnable before) implements ResidencyService {
    @Override
    public Optional<AdapterReport> report(String name) {
        return residency.report(name);
    }

    @Override
    public List<AdapterReport> reports() {
        return residency.reports();
    }

    @Override
    public List<MemoryReport> memories() {
        return residency.memories();
    }

    @Override
    public List<BrokenAdapter> broken() {
        return residency.broken();
    }

    @Override
    public void pin(String name, boolean pinned) {
        before.run();
        residency.pin(name, pinned);
    }

    @Override
    public CompletableFuture<Void> load(String name) {
        return residency.load(name);
    }

    @Override
    public CompletableFuture<Void> evict(String name) {
        return residency.evict(name);
    }
}

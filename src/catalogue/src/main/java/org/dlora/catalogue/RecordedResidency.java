package org.dlora.catalogue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.served.MemoryContent;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.cluster.residency.RegisteredSizes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Residency whose pins are written to the catalogue's store before they take effect. */
final class RecordedResidency implements ResidencyService {
    private static final Logger log = LoggerFactory.getLogger(RecordedResidency.class);

    private final ResidencyService residency;
    private final CatalogueWriter writer;

    RecordedResidency(ResidencyService residency, CatalogueWriter writer) {
        this.residency = residency;
        this.writer = writer;
    }

    @Override
    public void pin(String name, boolean pinned) {
        writer.change(() -> {
            var entry =
                    writer.hosted()
                            .names()
                            .entry(name)
                            .orElseThrow(() -> new NoSuchAdapterException(name));
            var before = entry.record();
            var after = before.with(before.details().pinned(pinned));
            writer.write(after);
            try {
                residency.pin(name, pinned);
            } catch (RuntimeException e) {
                undo(before);
                throw e;
            }
            return writer.serve(entry.with(after));
        });
    }

    private void undo(AdapterRecord before) {
        try {
            writer.write(before);
        } catch (CatalogueUnavailableException e) {
            log.warn("The pin of adapter {} is tried again at the next start", before.name(), e);
        }
    }

    @Override
    public List<AdapterReport> reports() {
        return residency.reports();
    }

    @Override
    public Optional<AdapterReport> report(String name) {
        return residency.report(name);
    }

    @Override
    public List<MemoryContent> held() {
        return residency.held();
    }

    @Override
    public Map<String, RegisteredSizes> registered() {
        return residency.registered();
    }

    @Override
    public List<MemoryReport> memories() {
        return residency.memories();
    }

    @Override
    public List<MemoryOutlook> outlooks() {
        return residency.outlooks();
    }

    @Override
    public List<BrokenAdapter> broken() {
        return residency.broken();
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

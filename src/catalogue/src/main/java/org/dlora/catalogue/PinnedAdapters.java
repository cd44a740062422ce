package org.dlora.catalogue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.catalogue.served.PinRecorder;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pins that the store has of adapters, in the memories of all replicas. */
final class PinnedAdapters implements PinRecorder {
    private static final Logger log = LoggerFactory.getLogger(PinnedAdapters.class);

    private final CatalogueWriter writer;
    private final HostedCatalogue hosted;
    private final List<AdapterMemory> memories;

    PinnedAdapters(CatalogueWriter writer, List<AdapterMemory> memories) {
        this.writer = writer;
        hosted = writer.hosted();
        this.memories = memories;
    }

    @Override
    public void record(String name, boolean pinned, Runnable effect) {
        writer.change(() -> {
            var entry =
                    hosted.names().entry(name).orElseThrow(() -> new NoSuchAdapterException(name));
            var before = entry.record();
            var after = before.with(before.details().pinned(pinned));
            writer.write(after);
            try {
                effect.run();
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

    /** Pins an adapter that is served; one that does not fit is reported. */
    void pin(String name) {
        pin(name, true);
    }

    /** Pins an adapter if its record says so. */
    void pin(AdapterRecord record) {
        if (isPinned(record)) {
            pin(record.name());
        }
    }

    /**
     * Pins or unpins an adapter whose pin another server has changed.
     *
     * @param settings names that the settings pin, whatever the store says
     */
    void follow(AdapterRecord record, Optional<AdapterRecord> before, Set<String> settings) {
        boolean wasPinned = before.filter(PinnedAdapters::isPinned).isPresent();
        if (isPinned(record) != wasPinned && !settings.contains(record.name())) {
            pin(record.name(), isPinned(record));
        }
    }

    private static boolean isPinned(AdapterRecord record) {
        return record.details().pinned().orElse(false);
    }

    private void pin(String name, boolean pinned) {
        var ids =
                hosted.names().entry(name).stream()
                        .flatMap(entry -> entry.routed().stream())
                        .map(ServedAdapter::id)
                        .toList();
        for (var memory : memories) {
            for (var id : ids) {
                try {
                    memory.pin(id, pinned);
                } catch (IllegalStateException | IllegalArgumentException e) {
                    log.warn("Adapter {} is not pinned: {}", name, e.getMessage());
                }
            }
        }
    }
}

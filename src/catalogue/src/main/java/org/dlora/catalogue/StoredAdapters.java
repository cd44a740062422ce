package org.dlora.catalogue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.VersionRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes over what the store has: at the start, later, and when other servers have written it. */
final class StoredAdapters {
    private static final Logger log = LoggerFactory.getLogger(StoredAdapters.class);

    private final CatalogueWriter writer;
    private final VersionRegistrar versions;
    private final PinnedAdapters pins;
    private final BrokenAdapters broken;

    StoredAdapters(
            CatalogueWriter writer,
            VersionRegistrar versions,
            PinnedAdapters pins,
            BrokenAdapters broken) {
        this.writer = writer;
        this.versions = versions;
        this.pins = pins;
        this.broken = broken;
    }

    /** See {@link RuntimeAdapters#restored}. */
    void restored(CatalogueContent kept, List<AdapterRecord> unserved) {
        writer.known(kept);
        unserved.forEach(this::unserved);
        kept.adapters().forEach(pins::pin);
    }

    private void unserved(AdapterRecord record) {
        var folder = record.version(record.route().main()).map(VersionRecord::folder).orElse("");
        broken.add(
                record.name(),
                Path.of(folder),
                "none of the versions that its name stands for can be served; see the log");
    }

    /** See {@link RuntimeAdapters#restore}. */
    void restore(CatalogueContent kept, List<String> pinned) {
        writer.alone(() -> {
            var unserved = new ArrayList<AdapterRecord>();
            for (var record : kept.adapters()) {
                if (!versions.restore(record)) {
                    unserved.add(record);
                }
            }
            restored(kept, unserved);
            pinned.forEach(pins::pin);
            return true;
        });
        writer.settle();
    }

    /** See {@link RuntimeAdapters#follow}. */
    Optional<CatalogueContent> follow(Set<String> pinned) {
        // Read under the lock: what is read before a change of our own would undo it.
        return writer.alone(() -> {
            if (!writer.isKnown()) {
                return Optional.empty();
            }
            var content = writer.read();
            for (var record : content.adapters()) {
                var before = writer.record(record.name());
                if (!before.equals(Optional.of(record))) {
                    writer.followed(record);
                    if (!versions.follow(record)) {
                        unserved(record);
                    }
                    pins.follow(record, before, pinned);
                }
            }
            for (var name : writer.names()) {
                if (content.adapters().stream().noneMatch(one -> one.name().equals(name))) {
                    log.info("Adapter {} was deleted by another server", name);
                    writer.forgotten(name);
                    var _ = writer.hosted().withdraw(name);
                }
            }
            return Optional.of(content);
        });
    }
}

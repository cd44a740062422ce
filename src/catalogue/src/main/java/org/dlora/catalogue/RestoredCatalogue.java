package org.dlora.catalogue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.AdapterSource;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.cluster.adapters.ServedAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalogue at the start: the adapters below the roots, and what the store has of adapters.
 *
 * @param catalogue of those that are served
 * @param unserved records of adapters that have no version which requests can get
 */
public record RestoredCatalogue(Catalogue catalogue, List<AdapterRecord> unserved) {
    private static final Logger log = LoggerFactory.getLogger(RestoredCatalogue.class);

    public RestoredCatalogue {
        unserved = List.copyOf(unserved);
    }

    /**
     * Registers the versions of all adapters.
     *
     * @param roots adapters below the roots, registered already, in the order to list them
     * @param kept empty if the store cannot be read yet
     */
    public static RestoredCatalogue of(
            String baseName,
            List<ServedAdapter> roots,
            CatalogueContent kept,
            AdapterSource source,
            Registrations registrations) {
        var restore = new CatalogueRestore(source, registrations);
        var entries = new LinkedHashMap<String, CatalogueEntry>();
        for (var root : roots) {
            entries.put(root.name(), CatalogueEntry.of(root, source.place(root.folder())));
        }
        var unserved = new ArrayList<AdapterRecord>();
        for (var record : kept.adapters()) {
            var root =
                    Optional.ofNullable(entries.get(record.name())).flatMap(CatalogueEntry::main);
            if (record.unloaded()) {
                root.ifPresent(_ ->
                        log.info(
                                "Adapter {} is not served, as it was unloaded; POST /v1/load_lora_adapter loads it",
                                record.name()));
                entries.remove(record.name());
                continue;
            }
            if (record.name().equals(baseName)) {
                log.warn(
                        "Adapter {} of the catalogue is not served: the base model has its name",
                        baseName);
                continue;
            }
            var entry = restore.entry(record, root);
            if (entry.main().isEmpty()) {
                unserved.add(record);
            }
            if (entry.served().isEmpty()) {
                entries.remove(record.name());
            } else {
                entries.put(record.name(), entry);
            }
        }
        return new RestoredCatalogue(
                Catalogue.of(baseName, List.copyOf(entries.values())), unserved);
    }
}

package org.dlora.catalogue;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registration of the versions that a record of the catalogue has. The folder of an adapter root
 * counts as it is found: other content than recorded is a new version. A version in another folder
 * must have the content that was recorded.
 */
public final class CatalogueRestore {
    private static final Logger log = LoggerFactory.getLogger(CatalogueRestore.class);
    private static final String CHANGED = "the files in its folder have changed since";

    private final AdapterSource source;
    private final Registrations registrations;

    public CatalogueRestore(AdapterSource source, Registrations registrations) {
        this.source = source;
        this.registrations = registrations;
    }

    /**
     * Returns the adapter of a record as it can be served.
     *
     * @param root the adapter of that name below a root, whose content may not be validated yet
     * @return without a main registration if no version of its route can be served
     */
    public CatalogueEntry entry(AdapterRecord record, Optional<ServedAdapter> root) {
        var entry = new CatalogueEntry(record, new TreeMap<>());
        if (root.isPresent()) {
            entry = withRoot(entry, root.get());
        }
        var byContent = new HashMap<String, ServedAdapter>();
        for (var version : entry.record().servable().toList()) {
            if (!entry.served().containsKey(version.number())) {
                entry = withVersion(entry, version, byContent);
            }
        }
        return entry;
    }

    /**
     * Returns the adapter of a record that another server has written.
     *
     * @param current the adapter as it is served here, whose registrations are kept
     */
    CatalogueEntry followed(AdapterRecord record, Optional<CatalogueEntry> current) {
        var entry = new CatalogueEntry(record, new TreeMap<>());
        var byContent = new HashMap<String, ServedAdapter>();
        for (var version : record.servable().toList()) {
            var known = current.flatMap(here -> registered(version, here));
            entry =
                    known.isPresent()
                            ? entry.with(version, known.get())
                            : withVersion(entry, version, byContent);
        }
        return entry;
    }

    /** Returns the registration that serves the content of a version here. */
    private static Optional<ServedAdapter> registered(VersionRecord version, CatalogueEntry here) {
        return here.served().entrySet().stream()
                .filter(served ->
                        here.record()
                                .version(served.getKey())
                                .filter(known -> isSameContent(known, version))
                                .isPresent())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static boolean isSameContent(VersionRecord one, VersionRecord other) {
        return one.folder().equals(other.folder())
                && one.extras().equals(other.extras())
                && (one.weights().isEmpty()
                        || other.weights().isEmpty()
                        || one.weights().equals(other.weights()));
    }

    private CatalogueEntry withRoot(CatalogueEntry entry, ServedAdapter root) {
        var place = source.place(root.folder());
        var left = entry;
        for (var version : entry.record().in(place)) {
            if (isContent(version, root)) {
                left = left.with(version, root);
            } else {
                left = left.with(left.record().with(version.retire(CHANGED)));
            }
        }
        if (left.served().containsValue(root)) {
            return left;
        }
        var main = left.record().version(left.record().route().main());
        var fresh =
                CatalogueEntry.version(
                        left.record().nextNumber(),
                        root.source(),
                        root.created(),
                        main.map(VersionRecord::defaults).orElse(VersionDefaults.NONE),
                        place);
        var next = left.record().same(fresh).map(same -> same.in(place, place)).orElse(fresh);
        left = left.with(next, root);
        return main.filter(VersionRecord::isServable).isPresent()
                ? left
                : left.with(
                        left.record().routed(AliasRecord.DEFAULT, AliasRoute.to(next.number())));
    }

    private static boolean isContent(VersionRecord version, ServedAdapter root) {
        var known = root.source().knownVersion();
        return version.extras().equals(root.source().format().hash())
                && (known.isEmpty()
                        || version.weights().isEmpty()
                        || known.equals(version.weights()));
    }

    private CatalogueEntry withVersion(
            CatalogueEntry entry, VersionRecord version, Map<String, ServedAdapter> byContent) {
        var key = version.folder() + "\n" + version.weights().orElse("") + "\n" + version.extras();
        var known = byContent.get(key);
        if (known != null) {
            return entry.with(version, known);
        }
        try {
            var folder = source.folder(version.folder());
            var found = source.recall(entry.name(), folder, version.weights());
            if (!found.format().hash().equals(version.extras())) {
                throw new LoadException(folder + ": its chat template or defaults have changed");
            }
            var adapter = registrations.next(found);
            byContent.put(key, adapter);
            return entry.with(version, adapter);
        } catch (AdapterRefusedException | LoadException e) {
            log.warn(
                    "Version {} of adapter {} is not served: {}",
                    version.number(),
                    entry.name(),
                    e.getMessage());
            return entry;
        }
    }
}

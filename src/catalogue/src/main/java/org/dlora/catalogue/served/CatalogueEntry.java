package org.dlora.catalogue.served;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionFacts;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;

/**
 * An adapter of the catalogue with those of its versions that are served. Versions that differ only
 * in their defaults share a registration. Immutable.
 *
 * @param served by version number
 */
public record CatalogueEntry(AdapterRecord record, SortedMap<Integer, ServedAdapter> served) {
    static final String CHANGED = "the files in its folder have changed since";

    public CatalogueEntry {
        served = Collections.unmodifiableSortedMap(new TreeMap<>(served));
    }

    /** Returns an adapter whose only version is {@code adapter}. */
    public static CatalogueEntry of(ServedAdapter adapter) {
        return of(adapter, adapter.folder().toString());
    }

    /**
     * Returns an adapter whose only version is {@code adapter}.
     *
     * @param folder as the record has it
     */
    public static CatalogueEntry of(ServedAdapter adapter, String folder) {
        var first = version(1, adapter.source(), adapter.created(), VersionDefaults.NONE, folder);
        return new CatalogueEntry(
                AdapterRecord.of(adapter.name(), first), new TreeMap<>(Map.of(1, adapter)));
    }

    /** Returns the record of a version with some content, which lies in {@code folder}. */
    public static VersionRecord version(
            int number,
            RegisteredAdapter content,
            Instant created,
            VersionDefaults defaults,
            String folder) {
        return new VersionRecord(
                number,
                content.knownVersion(),
                content.format().hash(),
                defaults,
                folder,
                folder,
                created,
                VersionFacts.of(content),
                Optional.empty());
    }

    /** Returns the adapter's name. */
    public String name() {
        return record.name();
    }

    /** Returns the registration that most requests for the name get; empty if none is served. */
    public Optional<ServedAdapter> main() {
        return servedOf(record.route()).map(route -> served.get(route.main()));
    }

    /** Returns the registrations that requests for the name alone get. */
    public List<ServedAdapter> routed() {
        return record.route().weights().keySet().stream()
                .flatMap(number -> Stream.ofNullable(served.get(number)))
                .distinct()
                .toList();
    }

    /** Returns the registrations by id, each once. */
    public Map<String, ServedAdapter> registrations() {
        var byId = new LinkedHashMap<String, ServedAdapter>();
        served.values().forEach(adapter -> byId.put(adapter.id(), adapter));
        return byId;
    }

    /** Returns the part of a route whose versions are served; empty if none is. */
    public Optional<AliasRoute> servedOf(AliasRoute route) {
        var weights = new TreeMap<>(route.weights());
        weights.keySet().retainAll(served.keySet());
        return weights.isEmpty()
                ? Optional.empty()
                : Optional.of(new AliasRoute(weights, route.sticky()));
    }

    /** Returns whether requests can get a registration without a version's number. */
    public boolean isUsed(String id) {
        return served.entrySet().stream()
                .anyMatch(
                        entry -> entry.getValue().id().equals(id) && record.isUsed(entry.getKey()));
    }

    /** Returns a copy with another record. Versions that the record has not are not served. */
    public CatalogueEntry with(AdapterRecord changed) {
        var left = new TreeMap<>(served);
        left.keySet()
                .removeIf(number ->
                        changed.version(number).filter(VersionRecord::isServable).isEmpty());
        return new CatalogueEntry(changed, left);
    }

    /** Returns a copy with a version, which {@code adapter} serves. */
    public CatalogueEntry with(VersionRecord version, ServedAdapter adapter) {
        var all = new TreeMap<>(served);
        all.put(version.number(), adapter);
        return new CatalogueEntry(record.with(version), all);
    }

    /** Returns a copy with a registration in the place of the one that has its id. */
    public CatalogueEntry replaced(ServedAdapter adapter) {
        var all = new TreeMap<>(served);
        all.replaceAll((_, before) -> before.id().equals(adapter.id()) ? adapter : before);
        return new CatalogueEntry(record, all);
    }

    /** Returns a copy with one registration retired in all of its versions, for a reason. */
    public CatalogueEntry retired(String id, String reason) {
        var changed = record;
        for (var entry : served.entrySet()) {
            if (entry.getValue().id().equals(id)) {
                changed = changed.with(record.version(entry.getKey()).orElseThrow().retire(reason));
            }
        }
        return with(changed);
    }

    /**
     * Returns a copy with the hashes that are known by now. A version whose content proves to be
     * that of an earlier one is that one. One whose content proves to be another than recorded has
     * a new number, and its requests.
     */
    public CatalogueEntry settled() {
        var settled = this;
        for (int number : served.keySet()) {
            settled = settled.settled(number);
        }
        return settled;
    }

    private CatalogueEntry settled(int number) {
        var adapter = served.get(number);
        var version = record.version(number).orElse(null);
        if (adapter == null || version == null) {
            return this;
        }
        var facts = version.facts().completed(adapter.source());
        if (!facts.equals(version.facts())) {
            return with(record.with(version.with(facts))).settled(number);
        }
        var content = adapter.source().knownVersion();
        if (content.isEmpty() || content.equals(version.weights())) {
            return this;
        }
        var actual = version.withWeights(content.get());
        var same = record.same(actual);
        if (version.weights().isPresent()) {
            int next = same.map(VersionRecord::number).orElse(record.nextNumber());
            return with(record.with(version.retire(CHANGED)))
                    .with(actual.numbered(next), adapter)
                    .moved(number, next);
        }
        return same.map(earlier -> joined(number, earlier, adapter))
                .orElseGet(() -> with(actual, adapter));
    }

    private CatalogueEntry moved(int number, int to) {
        return new CatalogueEntry(record.movedDefault(number, to), served);
    }

    private CatalogueEntry joined(int number, VersionRecord as, ServedAdapter adapter) {
        var version = record.version(number).orElseThrow();
        var kept = served.getOrDefault(as.number(), adapter);
        var known = kept.equals(adapter) ? as.in(version.folder(), version.source()) : as;
        return with(record.joined(number, as.number())).with(known, kept);
    }

    /** Returns the refusal of a version that is not served. */
    public NoSuchAdapterException unserved(int number) {
        return record.version(number)
                .map(version ->
                        NoSuchAdapterException.retired(
                                name(),
                                number,
                                version.retired().orElse("its files cannot be served")))
                .orElseGet(() -> NoSuchAdapterException.version(name(), "@" + number));
    }

    /** Returns the version with the content of {@code adapter} and the defaults of another. */
    Optional<VersionRecord> versionOf(ServedAdapter adapter, VersionRecord chosen) {
        return adapter.version().map(chosen::withWeights).flatMap(actual -> record.same(actual));
    }
}

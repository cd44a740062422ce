package org.dlora.catalogue;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.ServedAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The effect of a registration on an adapter's versions. Content that the adapter has had keeps its
 * number, and the registration that serves it its weights; other content becomes a new version.
 * Calls come one at a time.
 */
final class VersionRegistrar {
    private static final Logger log = LoggerFactory.getLogger(VersionRegistrar.class);
    private static final String REPLACED = "other files are in its folder now";

    private final CatalogueWriter writer;
    private final HostedCatalogue hosted;
    private final AdapterSource source;
    private final Registrations registrations;
    private final CatalogueRestore restore;

    /** A version, and the registration that serves it. */
    record Registered(int number, ServedAdapter adapter) {}

    VersionRegistrar(CatalogueWriter writer, AdapterSource source, Registrations registrations) {
        this.writer = writer;
        hosted = writer.hosted();
        this.source = source;
        this.registrations = registrations;
        restore = new CatalogueRestore(source, registrations);
    }

    /**
     * Serves validated content under its name.
     *
     * @param isActivated whether requests for the name get it, or only those that name the version
     * @param origin of the files, if it is not their folder
     * @param judged result of the gate, if there is one. A version that has not passed is not
     *     activated
     * @param defaults makes those of the version from those of the version that most requests get
     * @return the version
     * @throws IllegalStateException if it is to be activated, and the result is not that of the
     *     gate in force and of this version
     */
    Registered register(
            RegisteredAdapter content,
            boolean isActivated,
            Optional<String> origin,
            Optional<GateResult> judged,
            UnaryOperator<VersionDefaults> defaults) {
        var place = source.place(content.folder());
        var before = before(content.name());
        var version =
                version(content, place, before.map(CatalogueEntry::record), defaults)
                        .in(place, origin.orElse(place));
        var adapter =
                before.flatMap(entry -> sharer(entry, version))
                        .map(served -> registrations.again(served, content))
                        .orElseGet(() -> registrations.next(content));
        boolean isPassed = judged.map(GateResult::passed).orElse(true);
        var entry =
                before.map(known -> isPassed ? withoutOthersIn(place, known, adapter) : known)
                        .orElseGet(() ->
                                new CatalogueEntry(
                                        AdapterRecord.of(content.name(), version), new TreeMap<>()))
                        .replaced(adapter)
                        .with(version, adapter);
        var record = judged.map(entry.record()::gated).orElse(entry.record());
        if (isActivated && isPassed) {
            VersionGates.check(record, List.of(version.number()), false);
        }
        var routed =
                (isActivated || entry.main().isEmpty()) && record.gate().admits(version)
                        ? record.routed(AliasRecord.DEFAULT, AliasRoute.to(version.number()))
                        : record;
        var _ = writer.serve(entry.with(routed.trimmed()));
        return new Registered(version.number(), adapter);
    }

    /**
     * Returns the version that content would become.
     *
     * @param defaults as of {@link #register}
     */
    VersionRecord becomes(RegisteredAdapter content, UnaryOperator<VersionDefaults> defaults) {
        var record =
                hosted.names()
                        .entry(content.name())
                        .map(CatalogueEntry::record)
                        .or(() -> writer.record(content.name()));
        return version(content, source.place(content.folder()), record, defaults);
    }

    /**
     * Returns whether the content lies in the folder of another version that requests for the name
     * get, whose files are gone with it.
     */
    boolean replacesRouted(RegisteredAdapter content, VersionRecord becomes) {
        var place = source.place(content.folder());
        return hosted.names()
                .entry(content.name())
                .map(CatalogueEntry::record)
                .filter(record ->
                        record.in(place).stream()
                                .map(VersionRecord::number)
                                .filter(number -> number != becomes.number())
                                .anyMatch(number -> record.route().weights().containsKey(number)))
                .isPresent();
    }

    /**
     * Notes a version of an adapter that is not served, which stays so. The adapter may be new.
     *
     * @param gate makes its gate from the one that it has
     * @return the number of the version
     */
    int note(
            RegisteredAdapter content,
            Optional<String> origin,
            GateResult judged,
            UnaryOperator<VersionDefaults> defaults,
            UnaryOperator<Optional<Gate>> gate) {
        var place = source.place(content.folder());
        var known = writer.record(content.name());
        var version = version(content, place, known, defaults).in(place, origin.orElse(place));
        var record =
                known.orElseGet(() -> AdapterRecord.of(content.name(), version).unloaded(true));
        writer.write(record.gated(gate.apply(record.gate().gate())).with(version).gated(judged));
        return version.number();
    }

    /**
     * Sets the gate of an adapter that is not served, if it is known.
     *
     * @param gate makes it from the one that it has
     */
    void gate(String name, UnaryOperator<Optional<Gate>> gate) {
        writer.record(name)
                .ifPresent(record -> writer.write(record.gated(gate.apply(record.gate().gate()))));
    }

    /** Returns the adapter as it is served, or as it was before it was unloaded. */
    private Optional<CatalogueEntry> before(String name) {
        return hosted.names()
                .entry(name)
                .or(() ->
                        writer.record(name)
                                .map(record ->
                                        restore.entry(record.unloaded(false), Optional.empty())));
    }

    private VersionRecord version(
            RegisteredAdapter content,
            String place,
            Optional<AdapterRecord> record,
            UnaryOperator<VersionDefaults> change) {
        var wanted =
                CatalogueEntry.version(
                        record.map(AdapterRecord::nextNumber).orElse(1),
                        content,
                        registrations.now(),
                        change.apply(
                                record.flatMap(VersionRegistrar::defaults)
                                        .orElse(VersionDefaults.NONE)),
                        place);
        return record.flatMap(known -> known.same(wanted)).orElse(wanted);
    }

    /** Returns the defaults of the version that most requests get. */
    private static Optional<VersionDefaults> defaults(AdapterRecord record) {
        return record.version(record.route().main()).map(VersionRecord::defaults);
    }

    /** Returns a registration that has the content of {@code version}. */
    private static Optional<ServedAdapter> sharer(CatalogueEntry entry, VersionRecord version) {
        return entry.served().values().stream()
                .filter(served -> served.version().isPresent())
                .filter(served -> served.version().equals(version.weights()))
                .filter(served -> served.source().format().hash().equals(version.extras()))
                .findFirst();
    }

    /** Retires the versions whose files are not in their folder any more. */
    private static CatalogueEntry withoutOthersIn(
            String place, CatalogueEntry entry, ServedAdapter adapter) {
        var left = entry;
        for (var version : entry.record().in(place)) {
            var served = entry.served().get(version.number());
            if (served != null && !served.id().equals(adapter.id())) {
                left = left.retired(served.id(), REPLACED);
            }
        }
        return left;
    }

    /**
     * Serves the versions of a record of the store, beside what a root has of that name.
     *
     * @return whether it is as the record says; false if no version of its route can be served
     */
    boolean restore(AdapterRecord record) {
        var root = hosted.names().find(record.name());
        if (record.unloaded()) {
            var _ = hosted.withdraw(record.name());
            return true;
        }
        if (record.name().equals(hosted.names().baseName())) {
            return false;
        }
        var entry = restore.entry(record, root);
        var _ =
                entry.served().isEmpty()
                        ? hosted.withdraw(record.name())
                        : Optional.of(hosted.change(entry));
        return entry.main().isPresent();
    }

    /**
     * Serves the versions of a record as another server has written it. Those that are served
     * already keep their registrations.
     *
     * @return whether it is as the record says; false if no version of its route can be served
     */
    boolean follow(AdapterRecord record) {
        log.info("Adapter {} was changed by another server", record.name());
        if (record.unloaded()) {
            var _ = hosted.withdraw(record.name());
            return true;
        }
        if (record.name().equals(hosted.names().baseName())) {
            return false;
        }
        var entry = restore.followed(record, hosted.names().entry(record.name()));
        var _ =
                entry.served().isEmpty()
                        ? hosted.withdraw(record.name())
                        : Optional.of(hosted.change(entry));
        return entry.main().isPresent();
    }

    /** Takes a name away until it is registered again. */
    Optional<CompletableFuture<Void>> unregister(String name) {
        return hosted.names()
                .entry(name)
                .flatMap(entry -> {
                    writer.write(entry.record().unloaded(true));
                    return hosted.withdraw(name);
                });
    }

    /**
     * Takes away the versions that {@code files} serve. If that were those that requests for the
     * name get, others stay for requests that name them, and for a rollback. The store keeps what
     * it has: the next start tries again.
     *
     * @return the registration, if requests for the name alone get no version any more
     */
    Optional<ServedAdapter> withdraw(RegisteredAdapter files, String why) {
        return hosted.names()
                .entry(files.name())
                .flatMap(entry ->
                        entry.registrations().values().stream()
                                .filter(adapter -> adapter.source().equals(files))
                                .findFirst()
                                .flatMap(adapter -> withdraw(entry, adapter, why)));
    }

    private Optional<ServedAdapter> withdraw(
            CatalogueEntry entry, ServedAdapter adapter, String why) {
        var left = entry.retired(adapter.id(), why);
        boolean isNamed = left.main().isPresent();
        log.warn(
                isNamed
                        ? "A version of adapter {} is not served any more: {}"
                        : "Adapter {} is not served any more: {}",
                entry.name(),
                why);
        var _ =
                left.served().isEmpty()
                        ? hosted.withdraw(entry.name())
                        : Optional.of(hosted.change(left));
        return isNamed ? Optional.empty() : Optional.of(adapter);
    }
}

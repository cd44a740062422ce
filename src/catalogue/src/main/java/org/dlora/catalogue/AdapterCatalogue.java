package org.dlora.catalogue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.audit.ChangeCondition;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.ShadowTotals;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalogue of a cluster's adapters, as administrators see and change it. */
final class AdapterCatalogue implements CatalogueService {
    private static final Logger log = LoggerFactory.getLogger(AdapterCatalogue.class);

    private final CatalogueWriter writer;
    private final HostedCatalogue hosted;
    private final RuntimeAdapters adapters;
    private final VersionGates gates;
    private final DefaultsUpdate updates;

    AdapterCatalogue(CatalogueWriter writer, RuntimeAdapters adapters, VersionGates gates) {
        this.gates = gates;
        updates = new DefaultsUpdate(writer, gates);
        this.writer = writer;
        hosted = writer.hosted();
        this.adapters = adapters;
    }

    @Override
    public List<CatalogueEntry> entries() {
        return hosted.names().entries();
    }

    @Override
    public Optional<CatalogueEntry> find(String name) {
        return hosted.names().entry(name);
    }

    private CatalogueEntry require(String name) {
        return find(name).orElseThrow(() -> new NoSuchAdapterException(name));
    }

    /**
     * Returns the adapter after a validation of versions whose numbers are not certain before. The
     * condition of the running thread is asked, as the gate that runs before a change costs tokens.
     */
    private CatalogueEntry validated(String name, Iterable<Integer> versions) {
        var entry = require(name);
        for (int number : versions) {
            var adapter = entry.served().get(number);
            if (adapter != null && adapter.source().knownVersion().isEmpty()) {
                try {
                    var _ = adapter.source().validate();
                } catch (LoadException e) {
                    throw new IllegalStateException(
                            "Version %d of adapter '%s' cannot be served: %s"
                                    .formatted(number, name, e.getMessage()),
                            e);
                }
            }
        }
        ChangeCondition.current().check(hosted.names());
        return require(name);
    }

    private CatalogueEntry change(String name, Function<CatalogueEntry, CatalogueEntry> change) {
        return writer.change(() -> {
            var next = change.apply(require(name));
            var _ = writer.serve(next);
            return next;
        });
    }

    @Override
    public CatalogueEntry update(
            String name,
            UnaryOperator<AdapterDetails> details,
            UnaryOperator<VersionDefaults> defaults) {
        return updates.update(
                validated(name, require(name).record().route().weights().keySet()),
                details,
                defaults);
    }

    @Override
    public int addVersion(String name, String path, boolean isActivated) {
        return adapters.registrar().addVersion(name, path, isActivated);
    }

    @Override
    public CatalogueEntry retire(String name, int version) {
        return change(
                name,
                entry -> {
                    var record = entry.record();
                    var known =
                            record.version(version)
                                    .filter(VersionRecord::isServable)
                                    .orElseThrow(() ->
                                            NoSuchAdapterException.version(name, "@" + version));
                    if (record.isUsed(version)) {
                        throw new IllegalStateException(
                                "Version %d of adapter '%s' is used by %s: give these another version first"
                                        .formatted(version, name, users(record, version)));
                    }
                    return entry.with(record.with(known.retire("an administrator retired it")));
                });
    }

    private static List<String> users(AdapterRecord record, int version) {
        return record.aliases().entrySet().stream()
                .filter(alias -> alias.getValue().uses(version))
                .map(alias ->
                        alias.getKey().isEmpty()
                                ? "the name '%s'".formatted(record.name())
                                : "alias '%s'".formatted(alias.getKey()))
                .toList();
    }

    @Override
    public CatalogueEntry route(String name, String alias, AliasRoute route, OptionalInt shadow) {
        var wanted = new TreeSet<>(route.weights().keySet());
        shadow.ifPresent(wanted::add);
        var ready = validated(name, wanted);
        gates.require(ready, VersionGates.added(ready.record(), alias, route), false);
        prefetch(ready, wanted);
        return change(
                name,
                entry -> {
                    requireServed(entry, wanted);
                    var record = entry.record();
                    VersionGates.check(record, VersionGates.added(record, alias, route), false);
                    return entry.with(
                            record.routed(alias, route).shadowed(alias, shadow).trimmed());
                });
    }

    @Override
    public Optional<ShadowTotals> shadow(String name, String alias) {
        return find(name)
                .flatMap(entry -> entry.record().alias(alias))
                .filter(known -> known.shadow().isPresent())
                .flatMap(known ->
                        adapters.shadows()
                                .totals(name, alias)
                                .filter(totals -> totals.number() == known.shadow().getAsInt()));
    }

    @Override
    public CatalogueEntry setGate(String name, List<GateDraft> prompts) {
        var ready = validated(name, require(name).record().route().weights().keySet());
        return gates.set(ready, Optional.of(prompts));
    }

    @Override
    public CatalogueEntry removeGate(String name) {
        return gates.set(require(name), Optional.empty());
    }

    @Override
    public CatalogueEntry judge(String name, int version) {
        var _ = validated(name, List.of(version));
        var _ = gates.judge(name, version);
        return require(name);
    }

    private static void requireServed(CatalogueEntry entry, Set<Integer> numbers) {
        for (int number : numbers) {
            if (!entry.served().containsKey(number)) {
                throw entry.unserved(number);
            }
        }
    }

    /** Loads versions beside those that they follow, so that the first requests need not wait. */
    private void prefetch(CatalogueEntry entry, Set<Integer> numbers) {
        var loads =
                numbers.stream()
                        .flatMap(number -> Optional.ofNullable(entry.served().get(number)).stream())
                        .flatMap(adapter -> hosted.prefetch(entry, adapter.id()).stream())
                        .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(loads).join();
        } catch (RuntimeException e) {
            log.debug("Adapter {} is not loaded ahead", entry.name(), e);
        }
    }

    @Override
    public CatalogueEntry rollBack(String name, String alias, Optional<AliasRoute> from) {
        var known = known(require(name), alias);
        known.earlier().stream()
                .findFirst()
                .filter(_ -> known.route().equals(from.orElse(known.route())))
                .ifPresent(route -> {
                    var ready = validated(name, route.weights().keySet());
                    gates.require(ready, VersionGates.added(ready.record(), alias, route), true);
                    prefetch(ready, route.weights().keySet());
                });
        return change(
                name,
                entry -> {
                    if (from.filter(known(entry, alias)::isRolledBack).isPresent()) {
                        return entry;
                    }
                    var record =
                            entry.record()
                                    .rolledBack(alias)
                                    .orElseThrow(() ->
                                            new IllegalStateException(
                                                    "%s of adapter '%s' never had another route"
                                                            .formatted(
                                                                    alias.isEmpty()
                                                                            ? "The name"
                                                                            : "Alias '" + alias
                                                                                    + "'",
                                                                    name)));
                    try {
                        var route = record.alias(alias).orElseThrow().route();
                        requireServed(entry, route.weights().keySet());
                        VersionGates.check(
                                record, VersionGates.added(entry.record(), alias, route), true);
                    } catch (NoSuchAdapterException e) {
                        throw new IllegalStateException(
                                "It cannot be rolled back: " + e.getMessage(), e);
                    }
                    return entry.with(record);
                });
    }

    private static AliasRecord known(CatalogueEntry entry, String alias) {
        return entry.record()
                .alias(alias)
                .orElseThrow(() -> NoSuchAdapterException.version(entry.name(), "@" + alias));
    }

    @Override
    public CatalogueEntry removeAlias(String name, String alias) {
        return change(
                name,
                entry -> {
                    if (alias.isEmpty() || entry.record().alias(alias).isEmpty()) {
                        throw NoSuchAdapterException.version(name, "@" + alias);
                    }
                    return entry.with(entry.record().withoutAlias(alias).trimmed());
                });
    }

    @Override
    public CompletableFuture<Void> delete(String name, boolean isForced) {
        return writer.change(() -> {
            var entry = require(name);
            if (adapters.isBelowARoot(name)) {
                writer.write(tombstone(entry));
            } else {
                writer.delete(name);
            }
            var weights = hosted.weights(entry);
            var gone = hosted.withdraw(name).orElseThrow(() -> new NoSuchAdapterException(name));
            if (isForced) {
                hosted.cluster().cancelAll(weights);
            }
            log.info("Deleted adapter {}", name);
            return gone;
        });
    }

    /** Returns a record that keeps a root's adapter from being served at the next start. */
    private static AdapterRecord tombstone(CatalogueEntry entry) {
        var record = entry.record();
        return new AdapterRecord(
                record.name(),
                AdapterDetails.NONE,
                record.created(),
                true,
                new TreeMap<>(),
                new TreeMap<>(Map.of(AliasRecord.DEFAULT, AliasRecord.of(AliasRoute.to(1)))));
    }
}

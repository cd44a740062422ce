package org.dlora.cluster;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.catalogue.AdapterDetails;
import org.dlora.cluster.catalogue.AdapterRecord;
import org.dlora.cluster.catalogue.AdapterRoute;
import org.dlora.cluster.catalogue.AliasRecord;
import org.dlora.cluster.catalogue.VersionDefaults;
import org.dlora.cluster.catalogue.VersionRecord;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalogue of a cluster's adapters, as administrators see and change it. */
final class AdapterCatalogue implements CatalogueService {
    private static final Logger log = LoggerFactory.getLogger(AdapterCatalogue.class);

    private final CatalogueWriter writer;
    private final Cluster cluster;
    private final RuntimeAdapters adapters;

    AdapterCatalogue(CatalogueWriter writer, RuntimeAdapters adapters) {
        this.writer = writer;
        cluster = writer.cluster();
        this.adapters = adapters;
    }

    @Override
    public List<CatalogueEntry> entries() {
        return cluster.catalogue().entries();
    }

    @Override
    public Optional<CatalogueEntry> find(String name) {
        return cluster.catalogue().entry(name);
    }

    private CatalogueEntry require(String name) {
        return find(name).orElseThrow(() -> new NoSuchAdapterException(name));
    }

    /** Returns the adapter after a validation of versions whose numbers are not certain before. */
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
        var _ = validated(name, require(name).record().route().weights().keySet());
        return change(
                name,
                entry -> {
                    var record = entry.record();
                    return withDefaults(
                            entry.with(record.with(details.apply(record.details()))), defaults);
                });
    }

    private static CatalogueEntry withDefaults(
            CatalogueEntry entry, UnaryOperator<VersionDefaults> change) {
        var record = entry.record();
        int number = record.route().main();
        var version = record.version(number).orElseThrow();
        var changed = change.apply(version.defaults());
        if (changed.equals(version.defaults())) {
            return entry;
        }
        if (!record.route().isSingle()) {
            throw new IllegalStateException(
                    "The name '%s' stands for the versions %s, and defaults are given to one: set its alias to one version first"
                            .formatted(entry.name(), record.route().weights().keySet()));
        }
        var wanted = version.with(record.nextNumber(), changed);
        var next = record.same(wanted).map(VersionRecord::again).orElse(wanted);
        var served = Optional.ofNullable(entry.served().get(number)).orElseThrow();
        var left = entry.with(next, served);
        return left.with(
                left.record()
                        .routed(AliasRecord.DEFAULT, AdapterRoute.to(next.number()))
                        .trimmed());
    }

    @Override
    public int addVersion(String name, String path, boolean isActivated) {
        return adapters.addVersion(name, path, isActivated);
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
                .filter(alias -> alias.getValue().route().weights().containsKey(version))
                .map(alias ->
                        alias.getKey().isEmpty()
                                ? "the name '%s'".formatted(record.name())
                                : "alias '%s'".formatted(alias.getKey()))
                .toList();
    }

    @Override
    public CatalogueEntry route(String name, String alias, AdapterRoute route) {
        var ready = validated(name, route.weights().keySet());
        prefetch(ready, route);
        return change(
                name,
                entry -> {
                    requireServed(entry, route);
                    return entry.with(entry.record().routed(alias, route).trimmed());
                });
    }

    private static void requireServed(CatalogueEntry entry, AdapterRoute route) {
        for (int number : route.weights().keySet()) {
            if (!entry.served().containsKey(number)) {
                throw entry.unserved(number);
            }
        }
    }

    /** Loads versions beside those that they follow, so that the first requests need not wait. */
    private void prefetch(CatalogueEntry entry, AdapterRoute route) {
        var loads =
                route.weights().keySet().stream()
                        .flatMap(number -> Optional.ofNullable(entry.served().get(number)).stream())
                        .flatMap(adapter -> cluster.prefetch(entry, adapter.id()).stream())
                        .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(loads).join();
        } catch (RuntimeException e) {
            log.debug("Adapter {} is not loaded ahead", entry.name(), e);
        }
    }

    @Override
    public CatalogueEntry rollBack(String name, String alias) {
        var known =
                require(name)
                        .record()
                        .alias(alias)
                        .orElseThrow(() -> NoSuchAdapterException.version(name, "@" + alias));
        known.earlier().stream()
                .findFirst()
                .ifPresent(route -> prefetch(validated(name, route.weights().keySet()), route));
        return change(
                name,
                entry -> {
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
                        requireServed(entry, record.alias(alias).orElseThrow().route());
                    } catch (NoSuchAdapterException e) {
                        throw new IllegalStateException(
                                "It cannot be rolled back: " + e.getMessage(), e);
                    }
                    return entry.with(record);
                });
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
            var gone = cluster.withdraw(name).orElseThrow(() -> new NoSuchAdapterException(name));
            if (isForced) {
                cluster.cancelAll(entry.registrations().keySet());
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
                new TreeMap<>(Map.of(AliasRecord.DEFAULT, AliasRecord.of(AdapterRoute.to(1)))));
    }
}

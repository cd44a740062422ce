package org.dlora.store;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AdapterGate;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.VersionRecord;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * The catalogue's tables. Each call is one transaction; a change by an administrator has its row of
 * the audit in it.
 */
@Service
class CatalogueTables {
    private final AdapterRows adapters;
    private final ShareRows shares;
    private final ChangeRows changes;
    private final AuditRows audit;

    CatalogueTables(AdapterRows adapters, ShareRows shares, ChangeRows changes, AuditRows audit) {
        this.audit = audit;
        this.adapters = adapters;
        this.shares = shares;
        this.changes = changes;
    }

    /** Returns the number of changes so far. */
    @Transactional(readOnly = true)
    long revision(String base) {
        return changes.number(base).orElse(0L);
    }

    private void count(String base) {
        if (changes.count(base) == 0) {
            changes.saveAndFlush(new ChangeRow(base, 1));
        }
    }

    @Transactional(readOnly = true)
    CatalogueContent read(String base) {
        return new CatalogueContent(
                adapters.findByKeyBaseOrderByCreatedAtAscKeyNameAsc(base).stream()
                        .map(CatalogueTables::record)
                        .toList(),
                shares.findByKeyBase(base).stream()
                        .collect(Collectors.toMap(row -> row.key.model(), row -> row.weight)));
    }

    /** Returns the folders of all versions that can be served, of all base models. */
    @Transactional(readOnly = true)
    Set<String> folders() {
        return Set.copyOf(adapters.foldersOfServable());
    }

    @Transactional
    void write(String base, AdapterRecord adapter) {
        count(base);
        adapters.save(row(base, adapter));
        audit.writeCurrent();
    }

    /**
     * Writes an adapter in the place of what the caller knows of it.
     *
     * @throws CatalogueChangedException if there is something else
     */
    @Transactional
    void replace(String base, Optional<AdapterRecord> before, AdapterRecord adapter) {
        // First, so that changes of other servers wait for this one, or this one has waited.
        count(base);
        var key = new AdapterRow.Key(base, adapter.name());
        var present = adapters.findById(key).map(CatalogueTables::record);
        if (!present.equals(before) && !present.equals(Optional.of(adapter))) {
            throw CatalogueChangedException.adapter(adapter.name());
        }
        adapters.save(row(base, adapter));
        audit.writeCurrent();
    }

    /**
     * Deletes an adapter.
     *
     * @param isShared whether another server may have changed what the caller knows
     * @throws CatalogueChangedException if there is something else
     */
    @Transactional
    void delete(String base, AdapterRecord known, boolean isShared) {
        count(base);
        var present = adapters.findById(new AdapterRow.Key(base, known.name()));
        if (isShared && present.map(row -> !record(row).equals(known)).orElse(false)) {
            throw CatalogueChangedException.adapter(known.name());
        }
        present.ifPresent(adapters::delete);
        audit.writeCurrent();
    }

    /**
     * Changes the weights that differ between {@code before} and {@code after}.
     *
     * @param isShared whether another server may have changed what the caller knows
     * @throws CatalogueChangedException if one of them is stored with a third weight
     */
    @Transactional
    void writeShares(
            String base, Map<String, Double> before, Map<String, Double> after, boolean isShared) {
        count(base);
        var stored =
                shares.findByKeyBase(base).stream()
                        .collect(Collectors.toMap(row -> row.key.model(), row -> row.weight));
        var models = new TreeSet<>(before.keySet());
        models.addAll(after.keySet());
        models.removeIf(model -> Objects.equals(before.get(model), after.get(model)));
        for (var model : models) {
            var present = stored.get(model);
            var next = after.get(model);
            if (isShared
                    && !Objects.equals(present, before.get(model))
                    && !Objects.equals(present, next)) {
                throw CatalogueChangedException.share(model);
            }
            var key = new ShareRow.Key(base, model);
            if (next != null) {
                shares.save(new ShareRow(key, next));
            } else if (present != null) {
                shares.deleteById(key);
            }
        }
        audit.writeCurrent();
    }

    private static AdapterRow row(String base, AdapterRecord adapter) {
        var row = new AdapterRow();
        row.key = new AdapterRow.Key(base, adapter.name());
        row.description = adapter.details().description();
        row.owner = adapter.details().owner();
        row.tags = String.join("\n", adapter.details().tags());
        row.pinned = adapter.details().pinned().orElse(null);
        row.unloaded = adapter.unloaded();
        row.createdAt = adapter.created();
        row.gate = adapter.gate().gate().map(GateJson::write).orElse(null);
        adapter.gate().results().values().stream()
                .map(GateResultRow::of)
                .forEach(row.gateResults::add);
        adapter.versions().values().stream().map(VersionRow::of).forEach(row.versions::add);
        adapter.aliases()
                .forEach((alias, known) -> {
                    row.routes.add(RouteRow.of(alias, known));
                    known.left()
                            .ifPresent(left ->
                                    row.routes.add(RouteRow.of(alias, RouteRow.LEFT, left)));
                    for (int i = 0; i < known.earlier().size(); i++) {
                        row.routes.add(RouteRow.of(alias, i + 1, known.earlier().get(i)));
                    }
                });
        return row;
    }

    private static AdapterRecord record(AdapterRow row) {
        var tags = new TreeSet<String>();
        row.tags.lines().forEach(tags::add);
        var versions = new TreeMap<Integer, VersionRecord>();
        row.versions.forEach(version -> versions.put(version.number(), version.version()));
        var steps = new TreeMap<String, TreeMap<Integer, RouteRow>>();
        row.routes.forEach(route ->
                steps.computeIfAbsent(route.alias(), _ -> new TreeMap<>())
                        .put(route.step(), route));
        var aliases = new TreeMap<String, AliasRecord>();
        steps.forEach((alias, routes) -> aliases.put(alias, alias(routes)));
        return new AdapterRecord(
                row.key.name(),
                new AdapterDetails(
                        row.description, tags, row.owner, Optional.ofNullable(row.pinned)),
                row.createdAt,
                row.unloaded,
                versions,
                aliases,
                gate(row));
    }

    private static AliasRecord alias(SortedMap<Integer, RouteRow> steps) {
        var left = Optional.ofNullable(steps.remove(RouteRow.LEFT)).map(RouteRow::route);
        var rows = List.copyOf(steps.values());
        var routes = rows.stream().map(RouteRow::route).toList();
        return new AliasRecord(
                routes.getFirst(),
                routes.subList(1, routes.size()),
                rows.getFirst().shadowVersion(),
                Optional.ofNullable(rows.getFirst().shadowOwner()),
                left);
    }

    private static AdapterGate gate(AdapterRow row) {
        var results = new TreeMap<String, GateResult>();
        row.gateResults.forEach(result -> results.put(result.version(), result.result()));
        return new AdapterGate(
                Optional.ofNullable(row.gate).map(json -> GateJson.read(json, Gate.class)),
                results);
    }
}

package org.dlora.catalogue.versions;

import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * An adapter of the catalogue: its versions, its aliases and what an operator says of it.
 * Immutable; changes return a new record.
 *
 * @param unloaded whether it is not served until it is loaded again, although its folder is there
 * @param versions by number
 * @param aliases by name; {@link AliasRecord#DEFAULT} is always among them
 * @param gate gate of new versions
 */
public record AdapterRecord(
        String name,
        AdapterDetails details,
        Instant created,
        boolean unloaded,
        SortedMap<Integer, VersionRecord> versions,
        SortedMap<String, AliasRecord> aliases,
        AdapterGate gate) {

    /** Versions that stay servable although no alias uses them. */
    private static final int UNUSED_KEPT = 10;

    public AdapterRecord {
        versions = Collections.unmodifiableSortedMap(new TreeMap<>(versions));
        aliases = Collections.unmodifiableSortedMap(new TreeMap<>(aliases));
    }

    /** An adapter without a gate. */
    public AdapterRecord(
            String name,
            AdapterDetails details,
            Instant created,
            boolean unloaded,
            SortedMap<Integer, VersionRecord> versions,
            SortedMap<String, AliasRecord> aliases) {
        this(name, details, created, unloaded, versions, aliases, AdapterGate.NONE);
    }

    /** Returns an adapter with one version, which gets all requests. */
    public static AdapterRecord of(String name, VersionRecord first) {
        return new AdapterRecord(
                name,
                AdapterDetails.NONE,
                first.created(),
                false,
                new TreeMap<>(Map.of(first.number(), first)),
                new TreeMap<>(
                        Map.of(
                                AliasRecord.DEFAULT,
                                AliasRecord.of(AliasRoute.to(first.number())))));
    }

    /** Returns the route of requests that give the name alone. */
    public AliasRoute route() {
        return alias(AliasRecord.DEFAULT).orElseThrow().route();
    }

    /** Returns an alias; empty if there is none of that name. */
    public Optional<AliasRecord> alias(String alias) {
        return Optional.ofNullable(aliases.get(alias));
    }

    /** Returns a version; empty if there never was one of that number. */
    public Optional<VersionRecord> version(int number) {
        return Optional.ofNullable(versions.get(number));
    }

    /** Returns the number of the next new version. */
    public int nextNumber() {
        return versions.isEmpty() ? 1 : versions.lastKey() + 1;
    }

    /** Returns the version that is the same as {@code other}; empty if there is none. */
    public Optional<VersionRecord> same(VersionRecord other) {
        return versions.values().stream().filter(version -> version.isSame(other)).findFirst();
    }

    /** Returns a copy with {@code version} in the place of the one with its number. */
    public AdapterRecord with(VersionRecord version) {
        var changed = new TreeMap<>(versions);
        changed.put(version.number(), version);
        return new AdapterRecord(name, details, created, unloaded, changed, aliases, gate);
    }

    /** Returns a copy with other details. */
    public AdapterRecord with(AdapterDetails changed) {
        return new AdapterRecord(name, changed, created, unloaded, versions, aliases, gate);
    }

    /** Returns a copy that is served, or not. */
    public AdapterRecord unloaded(boolean isUnloaded) {
        return new AdapterRecord(name, details, created, isUnloaded, versions, aliases, gate);
    }

    /** Returns a copy with another gate, or none. */
    public AdapterRecord gated(Optional<Gate> changed) {
        return gated(gate.with(changed));
    }

    /** Returns a copy with the result of a version. */
    public AdapterRecord gated(GateResult result) {
        return gated(gate.with(result));
    }

    private AdapterRecord gated(AdapterGate changed) {
        return new AdapterRecord(name, details, created, unloaded, versions, aliases, changed);
    }

    /** Returns a copy with another shadow of an alias, or none. Does nothing without the alias. */
    public AdapterRecord shadowed(String alias, OptionalInt shadow) {
        return alias(alias).map(known -> withAlias(alias, known.shadowed(shadow))).orElse(this);
    }

    /** Returns a copy with another route of an alias, which it may not have had. */
    public AdapterRecord routed(String alias, AliasRoute route) {
        return withAlias(
                alias,
                alias(alias).map(known -> known.to(route)).orElseGet(() -> AliasRecord.of(route)));
    }

    /** Returns a copy with the route that an alias had before; empty if it had no other. */
    public Optional<AdapterRecord> rolledBack(String alias) {
        return alias(alias)
                .flatMap(AliasRecord::rolledBack)
                .map(earlier -> withAlias(alias, earlier));
    }

    private AdapterRecord withAlias(String alias, AliasRecord changed) {
        return aliases(known -> {
            known.put(alias, changed);
            return known;
        });
    }

    /** Returns a copy without an alias. */
    public AdapterRecord withoutAlias(String alias) {
        return aliases(known -> {
            known.remove(alias);
            return known;
        });
    }

    private AdapterRecord aliases(UnaryOperator<SortedMap<String, AliasRecord>> change) {
        return new AdapterRecord(
                name,
                details,
                created,
                unloaded,
                versions,
                change.apply(new TreeMap<>(aliases)),
                gate);
    }

    /** Returns a copy with another version in the place of one in the default route alone. */
    public AdapterRecord movedDefault(int version, int to) {
        var known = alias(AliasRecord.DEFAULT).orElseThrow();
        return withAlias(AliasRecord.DEFAULT, known.routed(known.route().replaced(version, to)));
    }

    /** Returns a copy with one version as another, which is the same, in all routes. */
    public AdapterRecord joined(int version, int as) {
        var left = new TreeMap<>(versions);
        left.remove(version);
        var routes = new TreeMap<String, AliasRecord>();
        aliases.forEach((alias, record) -> routes.put(alias, record.replaced(version, as)));
        return new AdapterRecord(name, details, created, unloaded, left, routes, gate);
    }

    /** Returns whether each version has failed the gate that it was last judged by. */
    public boolean hasFailedOnly() {
        return versions.values().stream()
                .allMatch(version ->
                        gate.result(version).filter(result -> !result.passed()).isPresent());
    }

    /** Returns whether requests can get a version, or its shadow, without giving its number. */
    public boolean isUsed(int version) {
        return aliases.values().stream().anyMatch(alias -> alias.uses(version));
    }

    /** Returns the servable versions, the newest first. */
    public Stream<VersionRecord> servable() {
        return versions.values().stream()
                .filter(VersionRecord::isServable)
                .sorted(Comparator.comparingInt(VersionRecord::number).reversed());
    }

    /** Returns a copy with the oldest versions retired that no alias uses, beyond those to keep. */
    public AdapterRecord trimmed() {
        var kept = this;
        var unused = servable().filter(version -> !isUsed(version.number())).toList();
        for (var version : unused.subList(Math.min(UNUSED_KEPT, unused.size()), unused.size())) {
            kept =
                    kept.with(
                            version.retire(
                                    "%d newer versions that no alias uses were kept instead"
                                            .formatted(UNUSED_KEPT)));
        }
        return kept;
    }

    /** Returns the versions with their files in {@code folder}, the newest first. */
    public List<VersionRecord> in(String folder) {
        return servable().filter(version -> version.folder().equals(folder)).toList();
    }
}

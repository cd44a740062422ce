package org.dlora.catalogue.manifest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.source.fetch.PublicSource;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.jspecify.annotations.Nullable;

/**
 * An adapter of a manifest as it is served.
 *
 * @param entry empty if none of its name is served
 * @param numbers of the served versions by label
 */
record ActualAdapter(
        DesiredAdapter desired,
        Optional<CatalogueEntry> entry,
        double share,
        Map<String, Integer> numbers) {

    /**
     * Returns the members that the manifest says, as they are. Those that are not there are null.
     */
    Map<String, @Nullable Object> members() {
        var members = new LinkedHashMap<String, @Nullable Object>();
        if (desired.hasContent()) {
            members.put(DesiredAdapter.SERVED, entry.isPresent());
        }
        desired.sources()
                .forEach((label, source) ->
                        members.put(
                                DesiredAdapter.version(label),
                                numbers.containsKey(label) ? PublicSource.of(source) : null));
        desired.routes()
                .keySet()
                .forEach(alias ->
                        members.put(DesiredAdapter.route(alias), route(alias).orElse(null)));
        for (var member : desired.given()) {
            members.put(member, value(member));
        }
        desired.gate().ifPresent(wanted -> members.put(DesiredAdapter.GATE, gate(wanted)));
        return members;
    }

    /** Returns the gate as the manifest has it, if that is met; null if there is none. */
    private @Nullable Object gate(DesiredGate wanted) {
        var gate = entry.flatMap(known -> known.record().gate().gate()).orElse(null);
        return gate != null && wanted.isMetBy(gate) ? wanted : gate;
    }

    private @Nullable Object value(String member) {
        return entry.map(CatalogueEntry::record)
                .map(record ->
                        DesiredAdapter.value(
                                member,
                                record.details(),
                                record.version(record.route().main())
                                        .map(VersionRecord::defaults)
                                        .orElse(VersionDefaults.NONE),
                                share))
                .orElse(null);
    }

    /** Returns the route of an alias by labels, or by numbers where a version has no label. */
    private Optional<DesiredRoute> route(String alias) {
        var wanted = Objects.requireNonNull(desired.routes().get(alias));
        var actual = entry.flatMap(known -> known.record().alias(alias));
        var all = desired.numbered(numbers);
        if (actual.isPresent()
                && wanted.route(all).equals(actual.map(AliasRecord::route))
                && wanted.hasShadow(actual, all)) {
            return Optional.of(wanted);
        }
        return actual.map(known -> labelled(known, wanted.shadow().isPresent()));
    }

    private DesiredRoute labelled(AliasRecord alias, boolean isWithShadow) {
        var weights = new TreeMap<String, Integer>();
        alias.route().weights().forEach((number, weight) -> weights.put(label(number), weight));
        var shadow =
                isWithShadow && alias.shadow().isPresent()
                        ? Optional.of(label(alias.shadow().getAsInt()))
                        : Optional.<String>empty();
        return new DesiredRoute(weights, alias.route().sticky(), shadow);
    }

    private String label(int number) {
        return numbers.entrySet().stream()
                .filter(label -> label.getValue() == number)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(String.valueOf(number));
    }
}

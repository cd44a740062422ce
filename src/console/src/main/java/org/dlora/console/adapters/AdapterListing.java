package org.dlora.console.adapters;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dlora.api.admin.adapters.AdapterBodies;
import org.dlora.api.admin.adapters.ResidentBody;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.VersionFacts;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.operate.Administration;
import org.dlora.scheduling.Mode;
import org.dlora.security.Access;
import org.dlora.security.KeyService;
import org.dlora.security.Team;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Rows of the list, put together from the services that know the adapters. */
@Component
final class AdapterListing {
    private final Administration administration;
    private final AdapterBodies bodies;
    private final AdapterRates rates;
    private final KeyService keys;

    AdapterListing(
            Administration administration,
            AdapterBodies bodies,
            AdapterRates rates,
            KeyService keys) {
        this.administration = administration;
        this.bodies = bodies;
        this.rates = rates;
        this.keys = keys;
    }

    /** Returns all adapters that the caller may use, in the order of {@code /v1/models}. */
    List<ListedAdapter> all(Access access) {
        var entries =
                administration.models().catalogue().entries().stream()
                        .collect(Collectors.toMap(CatalogueEntry::name, Function.identity()));
        var merged = merged(administration);
        var teams = keys.teams();
        return bodies.all(access).stream()
                .map(body ->
                        row(
                                body,
                                entries.get(body.judged().name()),
                                merged.getOrDefault(body.judged().name(), List.of()),
                                teams))
                .toList();
    }

    /** Returns the adapters of {@code names} that the caller may use. */
    List<ListedAdapter> all(Access access, Collection<String> names) {
        var merged = merged(administration);
        return names.stream()
                .distinct()
                .flatMap(name -> find(access, name, merged.getOrDefault(name, List.of())).stream())
                .toList();
    }

    /** Returns the adapter of a name; empty if the caller may use none of that name. */
    Optional<ListedAdapter> find(Access access, String name, List<String> merged) {
        return bodies.find(access, name)
                .map(body ->
                        row(
                                body,
                                administration.models().catalogue().entry(name).orElse(null),
                                merged,
                                keys.teams()));
    }

    /** Returns the replicas whose weights have an adapter merged, by the adapter's name. */
    static Map<String, List<String>> merged(Administration administration) {
        var merged = new HashMap<String, List<String>>();
        for (var report : administration.scheduling().scheduling(0)) {
            if (report.merge().mode() instanceof Mode.Merged(var id)) {
                merged.computeIfAbsent(ReplicaTimeline.name(id), _ -> new ArrayList<>())
                        .add(report.replica());
            }
        }
        return merged;
    }

    private ListedAdapter row(
            ResidentBody body,
            @Nullable CatalogueEntry entry,
            List<String> merged,
            List<Team> teams) {
        var name = body.judged().name();
        var catalogued = body.catalogued();
        var facts =
                entry == null
                        ? VersionFacts.UNKNOWN
                        : entry.record()
                                .version(catalogued.activeVersion())
                                .map(VersionRecord::facts)
                                .orElse(VersionFacts.UNKNOWN);
        var ranks = facts.shape().ranks();
        return new ListedAdapter(
                name,
                body.state(),
                ranks.isEmpty() ? 0 : Collections.max(ranks),
                ranks.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                facts.bytes().isPresent() ? (Long) facts.bytes().getAsLong() : null,
                catalogued.activeVersion(),
                catalogued.aliases().stream()
                        .filter(alias -> !alias.alias().isEmpty())
                        .map(alias -> alias.alias() + " → " + Routes.words(alias.versions()))
                        .toList(),
                body.residentOn(),
                merged,
                rates.of(name),
                body.lastUsed(),
                body.judged().fidelity(),
                body.judged().why(),
                body.pinned(),
                body.running(),
                body.waiting(),
                catalogued.tags(),
                catalogued.owner(),
                teams.stream().filter(team -> team.owns().allows(name)).map(Team::name).toList(),
                catalogued.managedBy() != null);
    }
}

package org.dlora.api.admin.adapters;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.ServedAdapter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Entry of an adapter in the catalogue. Description, tags, owner, system prompt and parameters are
 * for those who may change the adapter; for others they are empty.
 *
 * @param base name of the base model that it is for
 * @param share weight of its service
 * @param activeVersion number of the version that most requests for the name get
 * @param systemPrompt of the active version
 * @param parameters default parameters of the active version
 * @param aliases with their routes; {@code ""} is the name alone
 * @param managedBy {@code manifest} if the manifest says members of it, else null
 * @param managed the members that the manifest says
 */
@JsonNaming(SnakeCaseStrategy.class)
public record CataloguedBody(
        String description,
        List<String> tags,
        String owner,
        String base,
        double share,
        int activeVersion,
        @Nullable String systemPrompt,
        Map<String, Number> parameters,
        List<AliasBody> aliases,
        Instant created,
        @Nullable String managedBy,
        List<String> managed) {

    /**
     * Returns the catalogue's view of an adapter.
     *
     * @param managed members that come from the manifest
     */
    static CataloguedBody of(
            CatalogueEntry entry, String base, double share, Collection<String> managed) {
        var record = entry.record();
        int active = entry.servedOf(record.route()).map(route -> route.main()).orElse(0);
        var defaults = record.version(active).map(VersionRecord::defaults);
        return new CataloguedBody(
                record.details().description(),
                List.copyOf(record.details().tags()),
                record.details().owner(),
                base,
                share,
                active,
                defaults.flatMap(known -> known.systemPrompt()).orElse(null),
                DefaultsBody.parameters(
                        defaults.map(known -> known.parameters()).orElse(ParameterDefaults.NONE)),
                AliasBody.all(entry),
                record.created(),
                managed.isEmpty() ? null : "manifest",
                List.copyOf(managed));
    }

    /** Returns the parts that callers may see who may not change the adapter. */
    CataloguedBody withoutTexts() {
        return new CataloguedBody(
                "",
                List.of(),
                "",
                base,
                share,
                activeVersion,
                null,
                Map.of(),
                aliases.stream().map(AliasBody::withoutOwner).toList(),
                created,
                managedBy,
                managed);
    }

    /** Returns the view where there is no catalogue. */
    static CataloguedBody of(ServedAdapter adapter, String base) {
        return of(CatalogueEntry.of(adapter), base, 1, List.of());
    }
}

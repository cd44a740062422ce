package org.dlora.console.adapters;

import java.util.List;
import java.util.TreeSet;
import org.dlora.api.admin.adapters.AliasBody;
import org.dlora.api.admin.adapters.ShadowBody;
import org.dlora.api.web.Json;
import org.dlora.catalogue.served.CatalogueEntry;
import org.jspecify.annotations.Nullable;

/**
 * An alias of an adapter with the fields of its form.
 *
 * @param alias empty for the name alone
 * @param route in words
 * @param from the route as JSON, for a rollback from it
 * @param earlier routes in words, the newest first
 * @param weights a field for each version that the form may route to
 * @param shadow version that answers each request once more; null for none
 * @param runs comparison of the shadow's answers; null if it has not run
 * @param managed whether the manifest says it
 */
record AliasView(
        String alias,
        String route,
        String from,
        boolean sticky,
        @Nullable Integer shadow,
        @Nullable ShadowBody runs,
        List<String> earlier,
        List<Weight> weights,
        boolean managed) {

    /**
     * A field of the form.
     *
     * @param weight null for none
     */
    record Weight(int version, @Nullable Integer weight) {}

    static AliasView of(AliasBody body, CatalogueEntry entry, boolean managed) {
        var versions = new TreeSet<>(body.versions().keySet());
        versions.addAll(entry.served().keySet());
        return new AliasView(
                body.alias(),
                Routes.words(body.versions()),
                Json.write(new AliasBody.RouteBody(body.versions(), body.sticky())),
                body.sticky(),
                body.shadow(),
                body.shadowRuns(),
                body.earlier().stream().map(route -> Routes.words(route.versions())).toList(),
                versions.descendingSet().stream()
                        .map(number -> new Weight(number, body.versions().get(number)))
                        .toList(),
                managed);
    }

    /** Returns the form of an alias that is to be made. */
    static AliasView none(CatalogueEntry entry) {
        return new AliasView(
                "",
                "",
                "",
                false,
                null,
                null,
                List.of(),
                entry.served().keySet().stream()
                        .sorted((one, other) -> other - one)
                        .map(number -> new Weight(number, null))
                        .toList(),
                false);
    }

    /** Returns whether it is the adapter's name alone. */
    public boolean isName() {
        return alias.isEmpty();
    }
}

package org.dlora.api.admin.adapters;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.node.ObjectNode;

/**
 * An alias of an adapter.
 *
 * @param alias {@code ""} for the adapter's name alone
 * @param versions weight by version number
 * @param shadow version that answers each request once more, unseen; null for none
 * @param shadowOwner author and payer of the shadow; null if that is the server, or if the call may
 *     not change the adapter
 * @param shadowRuns comparison of the shadow's answers; null if it has not run, or is not asked for
 * @param earlier routes that a rollback returns to, the newest first
 */
@JsonNaming(SnakeCaseStrategy.class)
public record AliasBody(
        String alias,
        Map<Integer, Integer> versions,
        boolean sticky,
        @Nullable Integer shadow,
        @Nullable String shadowOwner,
        @Nullable ShadowBody shadowRuns,
        List<RouteBody> earlier) {

    /** A route of an alias. */
    public record RouteBody(Map<Integer, Integer> versions, boolean sticky) {}

    static List<AliasBody> all(CatalogueEntry entry) {
        return entry.record().aliases().entrySet().stream()
                .map(alias -> of(alias.getKey(), alias.getValue(), null))
                .toList();
    }

    /** Returns the parts that callers may see who may not change the adapter. */
    AliasBody withoutOwner() {
        return new AliasBody(alias, versions, sticky, shadow, null, shadowRuns, earlier);
    }

    static AliasBody of(String name, AliasRecord alias, @Nullable ShadowBody runs) {
        return new AliasBody(
                name,
                alias.route().weights(),
                alias.route().sticky(),
                alias.shadow().isPresent() ? (Integer) alias.shadow().getAsInt() : null,
                alias.shadowOwner().orElse(null),
                runs,
                alias.earlier().stream()
                        .map(route -> new RouteBody(route.weights(), route.sticky()))
                        .toList());
    }

    /**
     * Reads {@code {"versions": {"3": 90, "4": 10}, "sticky": false, "shadow": 5}}.
     *
     * @throws ApiException if the body has anything else
     */
    static WantedAlias read(ObjectNode body) {
        var fields = Fields.of(body);
        var route = route(fields);
        var shadow = fields.integer("shadow", 1, Integer.MAX_VALUE);
        fields.end();
        return new WantedAlias(route, shadow);
    }

    /**
     * Reads {@code {"versions": {"3": 90, "4": 10}, "sticky": false}}.
     *
     * @throws ApiException if the body has anything else
     */
    public static AliasRoute readRoute(ObjectNode body) {
        var fields = Fields.of(body);
        var route = route(fields);
        fields.end();
        return route;
    }

    private static AliasRoute route(Fields fields) {
        var expected = "an object of version numbers and weights, such as {\"3\": 90, \"4\": 10}";
        var node = fields.required("versions", expected);
        if (!(node instanceof ObjectNode given)) {
            throw Fields.wrong("versions", expected, node);
        }
        var weights = new TreeMap<Integer, Integer>();
        for (var entry : given.properties()) {
            weights.put(version(entry.getKey()), weight(entry.getKey(), entry.getValue()));
        }
        boolean sticky = fields.flag("sticky", false);
        try {
            return new AliasRoute(weights, sticky);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("versions", e.getMessage() + ".");
        }
    }

    private static int version(String key) {
        try {
            return Integer.parseInt(key);
        } catch (NumberFormatException _) {
            throw ApiException.invalid(
                    "versions",
                    "'versions' has the key '%s'; expected the number of a version."
                            .formatted(StringUtils.truncate(key)));
        }
    }

    private static int weight(String key, JsonNode node) {
        var path = "versions." + StringUtils.truncate(key);
        var weight = node.intValueOpt();
        if (weight.isEmpty()) {
            throw Fields.wrong(path, "an integer", node);
        }
        return weight.getAsInt();
    }
}

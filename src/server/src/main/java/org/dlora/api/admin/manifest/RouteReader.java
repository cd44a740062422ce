package org.dlora.api.admin.manifest;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.dlora.catalogue.manifest.DesiredRoute;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * Reader of the routes of an adapter in a manifest.
 *
 * @param sources of the adapter's versions by label; empty: routes name versions by number
 */
record RouteReader(SortedMap<String, String> sources) {
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");
    private static final Set<String> KEYS =
            new LinkedHashSet<>(List.of("versions", "sticky", "shadow"));

    /**
     * Returns the routes of an adapter by alias. A single version gets the requests for the name.
     *
     * @throws org.dlora.catalogue.manifest.ManifestException if they are malformed
     */
    SortedMap<String, DesiredRoute> all(YamlMapping map) {
        var routes = new TreeMap<String, DesiredRoute>();
        map.value("aliases")
                .map(node -> YamlMapping.of(node, "'aliases'"))
                .ifPresent(aliases ->
                        aliases.values()
                                .forEach((alias, node) -> {
                                    if (!AliasRecord.isName(alias)) {
                                        throw YamlMapping.problem(
                                                aliases.line(alias),
                                                "'%s' cannot be an alias; expected a letter and up to 63 letters, digits, '.', '_' or '-'"
                                                        .formatted(alias));
                                    }
                                    routes.put(alias, route(node));
                                }));
        var given = map.value("route").map(this::route);
        if (given.isEmpty() && sources.size() > 1) {
            throw YamlMapping.problem(
                    map.line("versions"),
                    "there are several versions, so 'route' must say which of them requests for the name get");
        }
        given.or(() -> sources.keySet().stream().findFirst().map(DesiredRoute::to))
                .ifPresent(route -> routes.put(AliasRecord.DEFAULT, route));
        return routes;
    }

    /** Reads a label, or {@code {versions: {LABEL: WEIGHT}, sticky: true, shadow: LABEL}}. */
    private DesiredRoute route(Node node) {
        if (node instanceof ScalarNode scalar) {
            return DesiredRoute.to(label(scalar.getValue(), YamlMapping.line(node)));
        }
        var map = YamlMapping.of(node, "a route");
        map.requireKnown(KEYS, "a route");
        var versions =
                YamlMapping.of(
                        map.value("versions")
                                .orElseThrow(() ->
                                        YamlMapping.problem(
                                                map.line(), "a route has no 'versions'")),
                        "'versions'");
        var weights = new TreeMap<String, Integer>();
        versions.values()
                .forEach((label, value) -> {
                    int line = versions.line(label);
                    var weight = YamlMapping.json(value);
                    if (!weight.isIntegralNumber()
                            || weight.longValue() < 1
                            || weight.longValue() > AliasRoute.MAX_WEIGHT) {
                        throw YamlMapping.problem(
                                line,
                                "the weight of '%s' must be an integer from 1 to %d"
                                        .formatted(label, AliasRoute.MAX_WEIGHT));
                    }
                    weights.put(label(label, line), weight.intValue());
                });
        if (weights.isEmpty()) {
            throw YamlMapping.problem(map.line(), "a route has no versions");
        }
        return new DesiredRoute(weights, map.flag("sticky", false), shadow(map));
    }

    private Optional<String> shadow(YamlMapping map) {
        return map.value("shadow")
                .map(node -> {
                    int line = map.line("shadow");
                    if (!(node instanceof ScalarNode scalar)) {
                        throw YamlMapping.problem(line, "'shadow' must be one version");
                    }
                    return label(scalar.getValue(), line);
                });
    }

    private String label(String label, int line) {
        boolean isNumber = sources.isEmpty() && NUMBER.matcher(label).matches();
        if (!isNumber && !sources.containsKey(label)) {
            throw YamlMapping.problem(
                    line,
                    sources.isEmpty()
                            ? "'%s' is no number of a version".formatted(label)
                            : "'%s' is none of the versions %s".formatted(label, sources.keySet()));
        }
        return label;
    }
}

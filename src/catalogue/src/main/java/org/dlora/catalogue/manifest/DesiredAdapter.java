package org.dlora.catalogue.manifest;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dlora.catalogue.source.fetch.PublicSource;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;

/**
 * An adapter of a manifest. What the manifest does not name is left to the catalogue.
 *
 * @param line of the manifest where it begins, from 1
 * @param served false: its name is taken away
 * @param sources of its versions by label; empty: those that the catalogue has
 * @param routes by alias; the empty alias is the name alone
 * @param given members of details, defaults and share that the manifest names: {@link #DESCRIPTION}
 *     and so on
 * @param details whose other members say nothing
 * @param defaults whose other members say nothing
 * @param share weight of its service; 1 if it is not given
 * @param gate gate of its versions; empty if the manifest names none
 */
public record DesiredAdapter(
        String name,
        int line,
        boolean served,
        SortedMap<String, String> sources,
        SortedMap<String, DesiredRoute> routes,
        Set<String> given,
        AdapterDetails details,
        VersionDefaults defaults,
        double share,
        Optional<DesiredGate> gate) {

    public static final String SERVED = "served";
    public static final String DESCRIPTION = "description";
    public static final String OWNER = "owner";
    public static final String TAGS = "tags";
    public static final String PINNED = "pinned";
    public static final String SHARE = "share";
    public static final String SYSTEM_PROMPT = "system_prompt";
    public static final String PARAMETERS = "parameters";

    public static final String GATE = "gate";

    /** The route of the name alone. */
    public static final String ROUTE = "route";

    private static final String VERSION = "versions.";
    private static final String ALIAS = "aliases.";

    public DesiredAdapter {
        sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
        routes = Collections.unmodifiableSortedMap(new TreeMap<>(routes));
        given = Collections.unmodifiableSet(new TreeSet<>(given));
    }

    /** Returns the member that has the route of an alias, which is empty for the name alone. */
    public static String route(String alias) {
        return alias.isEmpty() ? ROUTE : ALIAS + alias;
    }

    static String version(String label) {
        return VERSION + label;
    }

    /** Returns whether the manifest says which content is served. */
    public boolean hasContent() {
        return !served || !sources.isEmpty();
    }

    /** Returns the members that the manifest says, each with its value as JSON has it. */
    public Map<String, Object> members() {
        var members = new LinkedHashMap<String, Object>();
        if (hasContent()) {
            members.put(SERVED, served);
        }
        sources.forEach((label, source) -> members.put(version(label), PublicSource.of(source)));
        routes.forEach((alias, route) -> members.put(route(alias), route));
        for (var member : given) {
            members.put(member, value(member, details, defaults, share));
        }
        gate.ifPresent(wanted -> members.put(GATE, wanted));
        return members;
    }

    /** Returns the value of a member that is no route and no version. */
    public static Object value(
            String member, AdapterDetails details, VersionDefaults defaults, double share) {
        return switch (member) {
            case DESCRIPTION -> details.description();
            case OWNER -> details.owner();
            case TAGS -> details.tags();
            case PINNED -> details.pinned().orElse(false);
            case SHARE -> share;
            case SYSTEM_PROMPT -> defaults.systemPrompt().orElse("");
            case PARAMETERS -> defaults.parameters();
            default -> throw new IllegalArgumentException("no member is called " + member);
        };
    }

    /** Returns {@code before} with what the manifest says, but for the pin. */
    public AdapterDetails over(AdapterDetails before) {
        return new AdapterDetails(
                given.contains(DESCRIPTION) ? details.description() : before.description(),
                given.contains(TAGS) ? details.tags() : before.tags(),
                given.contains(OWNER) ? details.owner() : before.owner(),
                before.pinned());
    }

    /** Returns {@code before} with what the manifest says. */
    public VersionDefaults over(VersionDefaults before) {
        Optional<String> prompt =
                given.contains(SYSTEM_PROMPT) ? defaults.systemPrompt() : before.systemPrompt();
        ParameterDefaults parameters =
                given.contains(PARAMETERS) ? defaults.parameters() : before.parameters();
        return new VersionDefaults(prompt, parameters);
    }

    /**
     * Returns the gate that the adapter's first version has to pass: the present one if it is as
     * wanted. A gate whose answers are not all known is set later, as the first version answers it.
     *
     * @param present gate that the adapter has
     */
    public Optional<Gate> firstGate(Optional<Gate> present) {
        return gate.map(wanted -> present.filter(wanted::isMetBy).or(wanted::complete))
                .orElse(present);
    }

    /** Returns {@code numbers} of labels with those that routes name by number. */
    Map<String, Integer> numbered(Map<String, Integer> numbers) {
        var all = new HashMap<>(numbers);
        for (var route : routes.values()) {
            route.labels()
                    .filter(label -> !sources.containsKey(label))
                    .forEach(label -> all.put(label, Integer.valueOf(label)));
        }
        return all;
    }
}

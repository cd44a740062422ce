package org.dlora.store;

import jakarta.persistence.Embeddable;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.jspecify.annotations.Nullable;

/**
 * A route of an alias.
 *
 * @param step 0 for the one in force; those before it follow, the newest first; {@link #LEFT} for
 *     the one that a rollback has left
 * @param weights such as {@code 3=90,4=10}
 * @param shadow of the alias, null for none
 * @param shadowOwner payer of the shadow, null for the server
 */
@Embeddable
record RouteRow(
        String alias,
        int step,
        String weights,
        boolean sticky,
        @Nullable Integer shadow,
        @Nullable String shadowOwner) {
    static final int LEFT = -1;

    /** Returns the row of the route in force. */
    static RouteRow of(String alias, AliasRecord known) {
        return of(alias, 0, known.route(), known.shadow(), known.shadowOwner());
    }

    /** Returns the row of a route that an alias had before. */
    static RouteRow of(String alias, int step, AliasRoute earlier) {
        return of(alias, step, earlier, OptionalInt.empty(), Optional.empty());
    }

    private static RouteRow of(
            String alias,
            int step,
            AliasRoute route,
            OptionalInt shadow,
            Optional<String> shadowOwner) {
        var weights =
                route.weights().entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(","));
        return new RouteRow(
                alias,
                step,
                weights,
                route.sticky(),
                shadow.isPresent() ? (Integer) shadow.getAsInt() : null,
                shadowOwner.orElse(null));
    }

    OptionalInt shadowVersion() {
        return shadow == null ? OptionalInt.empty() : OptionalInt.of(shadow);
    }

    AliasRoute route() {
        var byVersion = new TreeMap<Integer, Integer>();
        for (var part : weights.split(",", -1)) {
            int equals = part.indexOf('=');
            byVersion.put(
                    Integer.valueOf(part.substring(0, equals)),
                    Integer.valueOf(part.substring(equals + 1)));
        }
        return new AliasRoute(byVersion, sticky);
    }
}

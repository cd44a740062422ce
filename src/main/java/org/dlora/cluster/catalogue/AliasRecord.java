package org.dlora.cluster.catalogue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The route of an alias, and those that it had before.
 *
 * @param earlier the last earlier routes, the newest first
 */
public record AliasRecord(AdapterRoute route, List<AdapterRoute> earlier) {
    /** The alias that stands for the adapter's name alone. */
    public static final String DEFAULT = "";

    private static final int KEPT = 10;
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,63}");

    public AliasRecord {
        earlier = List.copyOf(earlier);
    }

    /** Returns an alias that never had another route. */
    public static AliasRecord of(AdapterRoute route) {
        return new AliasRecord(route, List.of());
    }

    /** Returns whether an alias beside the default one can be called {@code name}. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** Returns it with another route, from which it can be rolled back. */
    AliasRecord to(AdapterRoute next) {
        if (next.equals(route)) {
            return this;
        }
        var before = new ArrayList<AdapterRoute>();
        before.add(route);
        before.addAll(earlier);
        return new AliasRecord(next, before.subList(0, Math.min(KEPT, before.size())));
    }

    /** Returns it with the route it had before; empty if it never had another. */
    Optional<AliasRecord> rolledBack() {
        return earlier.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new AliasRecord(earlier.getFirst(), earlier.subList(1, earlier.size())));
    }

    /** Returns it with another version in the place of one, now and before. */
    AliasRecord replaced(int version, int by) {
        return new AliasRecord(
                route.replaced(version, by),
                earlier.stream().map(one -> one.replaced(version, by)).toList());
    }
}

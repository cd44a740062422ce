package org.dlora.catalogue.versions;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.dlora.audit.AuditedAction;

/**
 * The route of an alias, those that it had before, its shadow, and the last rollback.
 *
 * @param earlier the last earlier routes, the newest first
 * @param shadow version that answers each request once more, unseen by the client; empty for none
 * @param shadowOwner author and payer of the shadow, as the audit names them; empty if the server
 *     does
 * @param left route that a rollback has left for the one in force; empty if none has
 */
public record AliasRecord(
        AliasRoute route,
        List<AliasRoute> earlier,
        OptionalInt shadow,
        Optional<String> shadowOwner,
        Optional<AliasRoute> left) {
    /** The alias that stands for the adapter's name alone. */
    public static final String DEFAULT = "";

    private static final int KEPT = 10;
    private static final int MOST_OF_OWNER = 255;
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,63}");

    public AliasRecord {
        earlier = List.copyOf(earlier);
        shadowOwner =
                shadowOwner.map(name -> name.substring(0, Math.min(MOST_OF_OWNER, name.length())));
    }

    /** An alias without a shadow. */
    public AliasRecord(AliasRoute route, List<AliasRoute> earlier) {
        this(route, earlier, OptionalInt.empty(), Optional.empty(), Optional.empty());
    }

    /** Returns an alias that never had another route. */
    public static AliasRecord of(AliasRoute route) {
        return new AliasRecord(route, List.of());
    }

    /** Returns whether an alias beside the default one can be called {@code name}. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** Returns a copy with another route, from which it can be rolled back. */
    AliasRecord to(AliasRoute next) {
        if (next.equals(route)) {
            return this;
        }
        var before = new ArrayList<AliasRoute>();
        before.add(route);
        before.addAll(earlier);
        var kept = before.subList(0, Math.min(KEPT, before.size()));
        return new AliasRecord(next, kept, shadow, shadowOwner, Optional.empty());
    }

    /** Returns a copy with the route it had before; empty if it never had another. */
    Optional<AliasRecord> rolledBack() {
        return earlier.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new AliasRecord(
                                earlier.getFirst(),
                                earlier.subList(1, earlier.size()),
                                shadow,
                                shadowOwner,
                                Optional.of(route)));
    }

    /**
     * Returns whether a rollback from a route has been made already.
     *
     * @throws IllegalStateException if the alias has left that route in another way
     */
    public boolean isRolledBack(AliasRoute from) {
        if (from.equals(route)) {
            return false;
        }
        if (left.equals(Optional.of(from))) {
            return true;
        }
        throw new IllegalStateException(
                "It is not rolled back, because its route is %s now and not the one given by 'from'"
                        .formatted(route.weights()));
    }

    /** Returns a copy with another route in the place of its own, which is not kept. */
    AliasRecord routed(AliasRoute other) {
        return new AliasRecord(other, earlier, shadow, shadowOwner, Optional.empty());
    }

    /**
     * Returns a copy with a shadow, or none, that the running change orders. A change that leaves a
     * shadow as it is leaves it to whoever ordered it.
     */
    AliasRecord shadowed(OptionalInt other) {
        if (other.equals(shadow) && shadowOwner.isPresent()) {
            return this;
        }
        var owner = other.isPresent() ? AuditedAction.currentActor() : Optional.<String>empty();
        return new AliasRecord(route, earlier, other, owner, left);
    }

    /** Returns whether requests for the alias run on a version, seen by the client or not. */
    public boolean uses(int version) {
        return route.weights().containsKey(version)
                || (shadow.isPresent() && shadow.getAsInt() == version);
    }

    /** Returns a copy with another version in the place of one, now and before. */
    AliasRecord replaced(int version, int by) {
        return new AliasRecord(
                route.replaced(version, by),
                earlier.stream().map(one -> one.replaced(version, by)).toList(),
                shadow.isPresent() && shadow.getAsInt() == version ? OptionalInt.of(by) : shadow,
                shadowOwner,
                left.map(one -> one.replaced(version, by)));
    }
}

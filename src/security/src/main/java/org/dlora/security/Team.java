package org.dlora.security;

import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limits;
import org.jspecify.annotations.Nullable;

/**
 * A team, which owns keys and adapters.
 *
 * @param name unique; keys refer to it
 * @param adapters adapters that its keys may use, beside its own
 * @param owns names of its own adapters: its keys with scope {@code adapters} load and change them
 * @param limits the most that its keys may take together
 * @param share relative service of the team while others are backlogged too
 */
public record Team(
        String name,
        String description,
        AdapterPatterns adapters,
        AdapterPatterns owns,
        Instant created,
        Limits limits,
        double share) {
    /** Share of a team that none is given. */
    public static final double USUAL_SHARE = 1;

    public static final double LEAST_SHARE = 0.01;
    public static final double MOST_SHARE = 100;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /**
     * @param limits null if all its columns are, as databases have it
     */
    public Team(
            String name,
            String description,
            AdapterPatterns adapters,
            AdapterPatterns owns,
            Instant created,
            @Nullable Limits limits,
            double share) {
        this.name = name;
        this.description = description;
        this.adapters = adapters;
        this.owns = owns;
        this.created = created;
        this.limits = limits == null ? Limits.NONE : limits;
        this.share = share;
    }

    /** A team without limits, and with the share of others. */
    public Team(
            String name,
            String description,
            AdapterPatterns adapters,
            AdapterPatterns owns,
            Instant created) {
        this(name, description, adapters, owns, created, Limits.NONE, USUAL_SHARE);
    }

    /** Returns whether a text can be the name of a team. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** Returns the team as its limits hold for it. */
    public Limited limited() {
        return new Limited(Limited.Kind.TEAM, name, limits);
    }

    /** Returns the team's fields for the audit. */
    public Map<String, ?> state() {
        return Map.of(
                "description", description,
                "adapters", adapters.patterns(),
                "owns", owns.patterns(),
                "limits", limits.state(),
                "share", share);
    }

    boolean mayUse(String adapter) {
        return adapters.allows(adapter) || owns.allows(adapter);
    }
}

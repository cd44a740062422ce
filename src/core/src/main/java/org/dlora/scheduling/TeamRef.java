package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * The team of a request, by its name.
 *
 * @param name empty for the group of all requests without a team, which counts as one team
 */
public record TeamRef(String name) {
    /** The group of all requests without a team. */
    public static final TeamRef NONE = new TeamRef("");

    /** Returns the team {@code name}, or the group without a team for null. */
    public static TeamRef ofNullable(@Nullable String name) {
        return name == null || name.isEmpty() ? NONE : new TeamRef(name);
    }

    /** Returns whether this is a team, not the group without one. */
    public boolean isTeam() {
        return !name.isEmpty();
    }
}

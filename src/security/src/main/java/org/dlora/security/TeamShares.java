package org.dlora.security;

/** The relative service of teams that are backlogged. Thread-safe. */
@FunctionalInterface
public interface TeamShares {
    /** Every team gets the same service. */
    TeamShares EQUAL = _ -> Team.USUAL_SHARE;

    /**
     * Returns the share of a team as it is now, {@value Team#LEAST_SHARE} to {@value
     * Team#MOST_SHARE}; {@value Team#USUAL_SHARE} for a team that is not there.
     */
    double shareOf(String team);

    /** Has {@code follower} called whenever shares may have changed, on any thread. */
    default void onChange(Runnable follower) {}
}

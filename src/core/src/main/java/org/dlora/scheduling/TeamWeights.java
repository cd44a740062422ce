package org.dlora.scheduling;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The relative service of teams that are backlogged. A team of share 2 gets twice the service of a
 * team of share 1, the default. Requests without a team have share 1 together.
 *
 * @param byTeam share by the team's name
 */
public record TeamWeights(Map<String, Double> byTeam) {
    /** Shares under which all teams get the same service. */
    public static final TeamWeights EQUAL = new TeamWeights(Map.of());

    /** The smallest share. The bounds of waits grow with the ratio of shares. */
    public static final double LEAST = 0.01;

    /** The largest share. */
    public static final double MOST = 100;

    public TeamWeights {
        byTeam.forEach(TeamWeights::check);
        var others = new TreeMap<>(byTeam);
        others.values().removeIf(share -> share == 1);
        byTeam = Collections.unmodifiableMap(others);
    }

    private static void check(String name, double share) {
        if (!(share >= LEAST && share <= MOST)) {
            throw new IllegalArgumentException(
                    "The share of team '%s' is %s: expected a number from %s to %s"
                            .formatted(name, share, LEAST, MOST));
        }
    }

    /** Returns {@code share}, or the nearest share that a team may have; 1 for NaN. */
    public static double inRange(double share) {
        return Double.isNaN(share) ? 1 : Math.clamp(share, LEAST, MOST);
    }

    /** Returns the share of {@code team}. */
    public double of(TeamRef team) {
        return byTeam.getOrDefault(team.name(), 1.0);
    }

    /** Returns these shares with another one of {@code team}. */
    public TeamWeights with(TeamRef team, double share) {
        var all = new TreeMap<>(byTeam);
        all.put(team.name(), share);
        return new TeamWeights(all);
    }
}

package org.dlora.scheduling;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A policy's view of a team that has unfinished requests.
 *
 * @param share of service relative to other backlogged teams, above 0; 1 by default
 * @param unfinished number of unfinished requests of each of its flows, by adapter in the order of
 *     loading; it counts all requests, also those that a snapshot does not show
 */
public record TeamView(TeamRef team, double share, SequencedMap<AdapterRef, Integer> unfinished) {
    public TeamView {
        if (!(share > 0)) {
            throw new IllegalArgumentException(
                    "The share of team '%s' is above 0, not %s".formatted(team.name(), share));
        }
        unfinished = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(unfinished));
    }
}

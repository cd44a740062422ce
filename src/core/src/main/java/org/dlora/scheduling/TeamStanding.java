package org.dlora.scheduling;

import java.util.Map;

/**
 * The service of a team, as the explanation of a step tells it.
 *
 * @param lead service per share beyond that of the backlogged team with the least
 * @param adapters leads of its adapters among each other: service per weight beyond that of its
 *     backlogged adapter with the least; those with 0 are left out
 */
public record TeamStanding(
        TeamRef team, double share, double lead, Map<AdapterRef, Double> adapters) {
    public TeamStanding {
        adapters = Map.copyOf(adapters);
    }
}

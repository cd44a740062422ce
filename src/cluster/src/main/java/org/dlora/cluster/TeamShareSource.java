package org.dlora.cluster;

import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamWeights;

/** Source of the shares of service that teams have. Thread-safe; it answers at once. */
@FunctionalInterface
public interface TeamShareSource {
    /** Source for which all teams have the same share. */
    TeamShareSource EQUAL = _ -> 1;

    /**
     * Returns the share of a team relative to others, from {@value TeamWeights#LEAST} to {@value
     * TeamWeights#MOST}; 1 for a team that is not known. It is asked at each request of the team.
     */
    double of(TeamRef team);
}

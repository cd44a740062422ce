package org.dlora.scheduling.fair;

import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.TeamRef;

/**
 * The state of {@link DloraPolicy}.
 *
 * @param leads virtual token counters: service per weight of each flow beyond that of its team's
 *     backlogged flow with the least; never negative
 * @param at time of the last step, seconds
 * @param waited seconds that each flow with requests was entitled and without service, less the
 *     seconds with service since
 * @param unserved seconds since a request of each flow with requests last ran
 * @param served flows of the sequences that run from {@code at} on
 * @param lost computed tokens that preempted sequences have lost
 * @param running sequences of the last step
 * @param chosen name of the chosen candidate
 * @param teamLeads service per share of each team beyond that of the backlogged team with the
 *     least; never negative
 */
public record DloraState(
        Map<Flow, Double> leads,
        double at,
        Map<Flow, Double> waited,
        Map<Flow, Double> unserved,
        Set<Flow> served,
        Map<Long, Integer> lost,
        Set<Long> running,
        String chosen,
        Map<TeamRef, Double> teamLeads) {
    public static final DloraState START =
            new DloraState(
                    Map.of(), 0, Map.of(), Map.of(), Set.of(), Map.of(), Set.of(), "unmerged");

    /** Creates a state in which no team has a lead. */
    public DloraState(
            Map<Flow, Double> leads,
            double at,
            Map<Flow, Double> waited,
            Map<Flow, Double> unserved,
            Set<Flow> served,
            Map<Long, Integer> lost,
            Set<Long> running,
            String chosen) {
        this(leads, at, waited, unserved, served, lost, running, chosen, Map.of());
    }

    public DloraState {
        leads = Map.copyOf(leads);
        waited = Map.copyOf(waited);
        unserved = Map.copyOf(unserved);
        served = Set.copyOf(served);
        lost = Map.copyOf(lost);
        running = Set.copyOf(running);
        teamLeads = Map.copyOf(teamLeads);
    }
}

package org.dlora.scheduling.fair;

import java.util.HashMap;
import java.util.Map;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.FlowIndex;
import org.dlora.scheduling.TeamRef;

/**
 * The count of the service of one step on both levels. It gives the leads after the step: over the
 * least lead of a backlogged flow of each team, and of a backlogged team. Leads of a team without a
 * backlogged flow are 0, and so are those of teams if none is backlogged.
 */
final class StepService {
    private final FlowIndex flows;
    private final Map<Flow, Double> leads;
    private final Map<TeamRef, Double> teamLeads;
    private final Map<Flow, Integer> done = new HashMap<>();

    /** Team leads of a team that is alone are 0, so they need no count. */
    private final boolean countsTeams;

    /**
     * @param leads of flows before the step
     * @param teamLeads before the step
     */
    StepService(FlowIndex flows, Map<Flow, Double> leads, Map<TeamRef, Double> teamLeads) {
        this.flows = flows;
        this.leads = new HashMap<>(leads);
        this.teamLeads = new HashMap<>(teamLeads);
        countsTeams = flows.shares().size() > 1 || !teamLeads.isEmpty();
    }

    /**
     * Counts the rows of one sequence.
     *
     * @param weight of the flow in its team
     * @param ranAll whether it ran all its runnable rows
     */
    void add(Flow flow, double service, double weight, boolean ranAll) {
        leads.merge(flow, service / weight, Double::sum);
        done.merge(flow, ranAll ? 1 : 0, Integer::sum);
        if (countsTeams) {
            teamLeads.merge(flow.team(), service / flows.share(flow.team()), Double::sum);
        }
    }

    /** The leads after a step. */
    record Leads(Map<Flow, Double> ofFlows, Map<TeamRef, Double> ofTeams) {}

    Leads after() {
        var least = new HashMap<TeamRef, Double>();
        for (var flow : flows.working()) {
            if (done.getOrDefault(flow, 0) < flows.unfinished(flow)) {
                least.merge(flow.team(), leads.getOrDefault(flow, 0.0), Math::min);
            }
        }
        var ofFlows = new HashMap<Flow, Double>();
        leads.forEach((flow, lead) -> {
            double floor = least.getOrDefault(flow.team(), Double.POSITIVE_INFINITY);
            if (lead > floor) {
                ofFlows.put(flow, lead - floor);
            }
        });
        double leastTeam = Double.POSITIVE_INFINITY;
        for (var backlogged : least.keySet()) {
            leastTeam = Math.min(leastTeam, teamLeads.getOrDefault(backlogged, 0.0));
        }
        var ofTeams = new HashMap<TeamRef, Double>();
        for (var team : teamLeads.entrySet()) {
            if (team.getValue() > leastTeam) {
                ofTeams.put(team.getKey(), team.getValue() - leastTeam);
            }
        }
        return new Leads(ofFlows, ofTeams);
    }
}

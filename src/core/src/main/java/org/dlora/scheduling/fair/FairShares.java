package org.dlora.scheduling.fair;

import static java.util.Comparator.comparingDouble;
import static java.util.stream.Collectors.toSet;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.FlowIndex;
import org.dlora.scheduling.PlannedRows;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.TeamRef;

/**
 * The fair shares of teams and of their flows in one step, by virtual token counters (Sheng et al.,
 * OSDI 2024) on two levels. It says which flows are entitled, overdue or ahead, and counts the
 * service of the step.
 *
 * <p>The counter of a flow is its <i>lead</i>: its service per weight beyond that of its team's
 * backlogged flow with the least. A flow is <i>backlogged</i> after a step that did not run all the
 * rows that its requests could run. A team has a lead likewise, among all teams by their shares,
 * and is backlogged if one of its flows is. One with work is <i>ahead</i> on its level if its lead
 * exceeds the smallest lead by more than the largest allowed one. A flow is <i>entitled</i> if it
 * is not ahead in its team, and its team is not ahead. An entitled flow that has waited for {@code
 * maxWait} is <i>overdue</i>.
 *
 * <p>A lead below 0 becomes 0. After a step in which no flow of a team was backlogged, their leads
 * become 0, and the leads of teams if no team was. So none saves up service while it is idle.
 */
public final class FairShares {
    private final Snapshot snapshot;
    private final SnapshotIndex index;
    private final DloraSettings settings;
    private final DloraState state;
    private final FlowIndex flows;
    private final Map<TeamRef, Level> levels = new HashMap<>();
    private final Level teams;

    public FairShares(SnapshotIndex index, DloraSettings settings, DloraState state) {
        this.index = index;
        snapshot = index.snapshot();
        this.settings = settings;
        this.state = state;
        flows = index.flows();
        double step = settings.stepService(snapshot.limits());
        for (var flow : flows.working()) {
            var level = levels.getOrDefault(flow.team(), Level.EMPTY);
            levels.put(flow.team(), level.with(lead(flow), most(step, weight(flow))));
        }
        var all = Level.EMPTY;
        for (var team : flows.shares().entrySet()) {
            all = all.with(teamLead(team.getKey()), most(step, team.getValue()));
        }
        teams = all;
    }

    private double most(double step, double weight) {
        return Math.max(settings.maxLead(), step / weight);
    }

    double lead(Flow flow) {
        return state.leads().getOrDefault(flow, 0.0);
    }

    double teamLead(TeamRef team) {
        return state.teamLeads().getOrDefault(team, 0.0);
    }

    /** Returns the service that a flow can get until it, or its team, is ahead. */
    public double room(Flow flow) {
        return Math.min(
                level(flow).room(lead(flow)) * weight(flow),
                teams.room(teamLead(flow.team())) * flows.share(flow.team()));
    }

    private Level level(Flow flow) {
        return levels.getOrDefault(flow.team(), Level.EMPTY);
    }

    /** Returns the service of the next token of {@code sequence}. */
    public double expected(SequenceView sequence) {
        return settings.service(sequence, sequence.pending(), lost(sequence));
    }

    /** Returns the number of unfinished requests of all flows with a precedence. */
    public int requests(Precedence precedence) {
        return flows.working().stream()
                .filter(flow -> precedence(flow) == precedence)
                .mapToInt(flows::unfinished)
                .sum();
    }

    double weight(Flow flow) {
        return index.get(flow.adapter()).weight();
    }

    public Precedence precedence(Flow flow) {
        return Precedence.of(teams.isAhead(teamLead(flow.team())), level(flow).isAhead(lead(flow)));
    }

    public boolean isEntitled(Flow flow) {
        return precedence(flow) == Precedence.ENTITLED;
    }

    /**
     * Returns the overdue flows: entitled ones that have waited for {@code maxWait}. The one
     * without service for longest comes first, so each is served before another is served twice.
     */
    List<Flow> overdue() {
        return flows.working().stream()
                .filter(k -> isEntitled(k) && waited(k) >= settings.maxWait())
                .sorted(comparingDouble(this::unserved).reversed())
                .toList();
    }

    /**
     * Returns the seconds that a flow has waited. Service takes back what waiting adds, so that the
     * next wait does not follow at once. Waiting adds at most one step beyond {@code maxWait}, and
     * nothing while the flow or its team is ahead.
     */
    private double waited(Flow flow) {
        if (isNew(flow)) {
            return 0;
        }
        double since = snapshot.now() - state.at();
        double before = state.waited().getOrDefault(flow, 0.0);
        if (state.served().contains(flow)) {
            return Math.max(0, before - since);
        }
        return isEntitled(flow) ? Math.min(before, settings.maxWait()) + since : before;
    }

    private double unserved(Flow flow) {
        return isNew(flow) || state.served().contains(flow)
                ? 0
                : state.unserved().getOrDefault(flow, 0.0) + snapshot.now() - state.at();
    }

    /** Returns whether a flow had no work in the last step, or all of that work has ended since. */
    private boolean isNew(Flow flow) {
        var its = flows.sequences(flow);
        return !state.waited().containsKey(flow)
                || (!its.isEmpty()
                        && its.stream().allMatch(v -> v.request().arrivedAt() > state.at()));
    }

    /** Returns whether a sequence ran in the last step. */
    boolean isRunning(SequenceView sequence) {
        return state.running().contains(sequence.id());
    }

    /** Returns the state after a step. */
    public DloraState after(StepPlan plan, String chosen) {
        var before = new HashMap<Flow, Double>();
        state.leads()
                .forEach((flow, lead) -> {
                    if (snapshot.loaded().contains(flow.adapter()) || flows.unfinished(flow) > 0) {
                        before.put(flow, lead);
                    }
                });
        var service = new StepService(flows, before, state.teamLeads());
        var served = new HashSet<Flow>();
        for (var planned : PlannedRows.of(snapshot, plan)) {
            var sequence = planned.sequence();
            var flow = sequence.flow();
            served.add(flow);
            service.add(
                    flow,
                    settings.service(sequence, planned.rows(), lost(sequence)),
                    weight(flow),
                    planned.rows() == sequence.runnable());
        }
        var waited = new HashMap<Flow, Double>();
        var unserved = new HashMap<Flow, Double>();
        for (var flow : flows.working()) {
            waited.put(flow, waited(flow));
            unserved.put(flow, unserved(flow));
        }
        var leads = service.after();
        return new DloraState(
                leads.ofFlows(),
                snapshot.now(),
                waited,
                unserved,
                served,
                lost(plan),
                plan.run().stream().map(StepPlan.Run::sequence).collect(toSet()),
                chosen,
                leads.ofTeams());
    }

    private int lost(SequenceView sequence) {
        return state.lost().getOrDefault(sequence.id(), 0);
    }

    private Map<Long, Integer> lost(StepPlan plan) {
        var lost = new HashMap<Long, Integer>();
        state.lost()
                .forEach((id, known) -> {
                    if (snapshot.find(id).isPresent()) {
                        lost.put(id, known);
                    }
                });
        for (long id : plan.preempt()) {
            lost.merge(id, snapshot.sequence(id).computed(), Math::max);
        }
        return lost;
    }
}

package org.dlora.scheduling.fair;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.TeamRef;
import org.jspecify.annotations.Nullable;

/**
 * The priority order in which {@link DloraPolicy} gives places, rows and blocks of a step to
 * sequences. {@link FairShares} says which flows are entitled, overdue or ahead.
 *
 * <ol>
 *   <li>The oldest request of each overdue flow.
 *   <li>Of each entitled flow its oldest sequences with blocks, as many as ran in the last step. So
 *       none is paused without need.
 *   <li>One by one, the oldest request of an entitled flow, until the step's places are taken: of
 *       the team with the smallest lead, and in it of the flow with the smallest lead.
 *   <li>Sequences of other flows by {@link Precedence}, if every request of a higher one is in the
 *       order.
 * </ol>
 *
 * <p>A waiting request gets a place only if its tokens fit beside all that block holders of
 * entitled flows still need. To make room, sequences of other flows are preempted, those of the
 * lowest precedence first. Two requests that do not fit together therefore take turns, but not in
 * each step: the running one is preempted only once its flow or its team is ahead.
 */
public final class FairOrder {
    private static final List<Precedence> NOT_ENTITLED =
            List.of(Precedence.AHEAD_IN_TEAM, Precedence.TEAM_AHEAD, Precedence.BOTH_AHEAD);

    private final SnapshotIndex index;
    private final FairShares shares;
    private final StepLimits limits;
    private final Map<Flow, FlowQueue> queues = new LinkedHashMap<>();
    private final Map<TeamRef, TeamQueue> teams = new LinkedHashMap<>();
    private final Map<Precedence, Set<Flow>> ahead = new EnumMap<>(Precedence.class);
    private final SpareBlocks blocks;
    private final Set<Long> picked = new HashSet<>();
    private final List<SequenceView> overdue = new ArrayList<>();
    private final List<SequenceView> holders = new ArrayList<>();
    private final List<SequenceView> newcomers = new ArrayList<>();
    private final List<SequenceView> others = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>();
    private @Nullable SequenceView tooLarge;

    /**
     * @param only the adapter whose requests run alone, null for all
     */
    public FairOrder(SnapshotIndex index, FairShares shares, @Nullable AdapterRef only) {
        this.index = index;
        this.shares = shares;
        limits = index.snapshot().limits();
        blocks = new SpareBlocks(index.snapshot());
        for (var flow : index.flows().byAge()) {
            var precedence = shares.precedence(flow);
            if (precedence != Precedence.ENTITLED) {
                ahead.computeIfAbsent(precedence, _ -> new LinkedHashSet<>()).add(flow);
            } else if (only == null || only.equals(flow.adapter())) {
                queues.put(flow, queue(flow));
            }
        }
        account();
        pickOverdue();
        pickRunning();
        pickByService();
        if (picked.isEmpty() && tooLarge != null) {
            newcomers.add(tooLarge);
        }
        ends.add(overdue.size() + holders.size() + newcomers.size());
        if (only == null) {
            addOthers();
        }
    }

    private FlowQueue queue(Flow flow) {
        var team =
                teams.computeIfAbsent(
                        flow.team(),
                        t ->
                                new TeamQueue(
                                        teams.size(), shares.teamLead(t), index.flows().share(t)));
        return new FlowQueue(
                queues.size(),
                index.flows().sequences(flow),
                team,
                shares.lead(flow),
                shares.weight(flow));
    }

    /** Reserves blocks of entitled holders, and offers those of others for preemption. */
    private void account() {
        for (var holder : index.holders()) {
            if (queues.containsKey(holder.flow())) {
                blocks.reserve(holder);
            }
        }
        for (var flows : ahead.values()) {
            for (var holder : index.holders()) {
                if (flows.contains(holder.flow())) {
                    blocks.offer(holder);
                }
            }
        }
    }

    /** Returns the sequences by priority, those of each precedence together. */
    public List<SequenceView> order() {
        var order = new ArrayList<>(overdue);
        order.addAll(holders);
        order.addAll(newcomers);
        order.addAll(others);
        return order;
    }

    /** Returns the number of overdue sequences, which come first. */
    int overdue() {
        return overdue.size();
    }

    /**
     * Returns the number of sequences in the order up to the end of each precedence, of those that
     * are in it: the entitled ones first.
     */
    public List<Integer> ends() {
        return ends;
    }

    /** Returns the sequences that are preempted to admit others. */
    List<SequenceView> reclaimed() {
        return blocks.reclaimed();
    }

    /**
     * Picks the oldest request of each overdue flow. The first one that finds no blocks holds back
     * waiting requests that are not overdue, and no others.
     */
    private void pickOverdue() {
        SequenceView withoutRoom = null;
        for (var flow : shares.overdue()) {
            var queue = queues.get(flow);
            var head = queue == null ? null : queue.head(this::isEligible);
            if (queue != null && head != null && hasPlace()) {
                if (blocks.take(head)) {
                    pick(queue, head, overdue);
                } else if (withoutRoom == null) {
                    withoutRoom = head;
                }
            }
        }
        tooLarge = withoutRoom;
    }

    private boolean isEligible(SequenceView sequence) {
        return (tooLarge == null || sequence.holdsBlocks()) && !isPicked(sequence);
    }

    private boolean isPicked(SequenceView sequence) {
        return picked.contains(sequence.id());
    }

    private void pick(FlowQueue queue, SequenceView sequence, List<SequenceView> as) {
        as.add(sequence);
        picked.add(sequence.id());
        queue.add(shares.expected(sequence));
    }

    /** Picks the oldest sequences of each flow, as many as it had running. */
    private void pickRunning() {
        for (var sequence : index.holders()) {
            var queue = queues.get(sequence.flow());
            if (queue != null && shares.isRunning(sequence) && !isPicked(sequence) && hasPlace()) {
                var holder = queue.holder(v -> !isPicked(v));
                if (holder != null) {
                    pick(queue, holder, holders);
                }
            }
        }
    }

    private void pickByService() {
        if (!hasPlace()) {
            return;
        }
        queues.values().forEach(queue -> queue.team().offer(queue));
        var turns =
                new PriorityQueue<TeamQueue>(
                        comparingDouble(TeamQueue::lead).thenComparingInt(TeamQueue::rank));
        turns.addAll(teams.values());
        while (hasPlace() && !turns.isEmpty()) {
            var team = turns.remove();
            var queue = team.take();
            if (queue != null) {
                if (pickNext(queue)) {
                    team.offer(queue);
                }
                turns.add(team);
            }
        }
    }

    /** Picks the oldest sequence of a flow; returns whether the flow may have more. */
    private boolean pickNext(FlowQueue queue) {
        var head = queue.head(this::isEligible);
        if (head == null) {
            return false;
        }
        if (head.holdsBlocks()) {
            pick(queue, head, holders);
        } else if (blocks.take(head)) {
            pick(queue, head, newcomers);
        } else {
            // No request is admitted before one that does not fit; running ones stay selected.
            tooLarge = head;
        }
        return true;
    }

    private boolean hasPlace() {
        return picked.size() < limits.maxBatch();
    }

    /** Adds sequences of flows that are not entitled, as long as none of a precedence lacks. */
    private void addOthers() {
        int listed = picked.size();
        int unfinished = shares.requests(Precedence.ENTITLED);
        for (var precedence : NOT_ENTITLED) {
            if (unfinished > listed) {
                return;
            }
            var flows = ahead.get(precedence);
            if (flows != null) {
                var its = selectable(flows);
                others.addAll(its);
                ends.add(ends.getLast() + its.size());
                listed += its.size();
                unfinished += shares.requests(precedence);
            }
        }
    }

    /** A sequence, with the leads of its team and of its flow. */
    private record Ranked(double teamLead, double lead, SequenceView sequence) {
        private static final Comparator<Ranked> ORDER =
                comparingDouble(Ranked::teamLead)
                        .thenComparingDouble(Ranked::lead)
                        .thenComparingLong(ranked -> ranked.sequence.arrival());
    }

    /** Returns all selectable sequences of flows that are ahead, by lead. */
    private List<SequenceView> selectable(Set<Flow> flows) {
        var lost = new HashSet<Long>();
        reclaimed().forEach(v -> lost.add(v.id()));
        var all = new ArrayList<Ranked>();
        for (var flow : flows) {
            double teamLead = shares.teamLead(flow.team());
            double lead = shares.lead(flow);
            for (var sequence : index.flows().sequences(flow)) {
                if (!lost.contains(sequence.id())) {
                    all.add(new Ranked(teamLead, lead, sequence));
                }
            }
        }
        all.sort(Ranked.ORDER);
        int waiting = 0;
        var selectable = new ArrayList<SequenceView>();
        for (var ranked : all) {
            var sequence = ranked.sequence();
            if (sequence.holdsBlocks() || ++waiting <= limits.maxBatch()) {
                selectable.add(sequence);
            }
        }
        return selectable;
    }
}

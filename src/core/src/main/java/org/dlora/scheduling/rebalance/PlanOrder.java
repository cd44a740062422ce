package org.dlora.scheduling.rebalance;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.dlora.scheduling.rebalance.RebalancePlan.AdapterCopy;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.dlora.scheduling.rebalance.RebalancePlan.SolverKind;

/**
 * The moves of a draft in an order in which each finds adapter memory, KV blocks and a place in the
 * steps. Moves that wait for each other in a circle are left out.
 */
final class PlanOrder {
    private static final double ROUNDING = 1e-9;

    private final ProblemIndex index;
    private final RebalanceDraft replay;
    private final List<Integer> order = new ArrayList<>();
    private final double before;

    PlanOrder(RebalanceDraft draft) {
        index = draft.index();
        replay = new RebalanceDraft(index);
        before = replay.seconds();
        var waiting = new ArrayList<Integer>();
        for (int i = 0; i < index.requestCount(); i++) {
            if (draft.isMoved(i)) {
                waiting.add(i);
            }
        }
        int left;
        do {
            left = waiting.size();
            waiting.removeIf(i -> move(i, draft.place(i)));
        } while (waiting.size() < left);
    }

    private boolean move(int i, int to) {
        return replay.moveIfFits(i, to) && order.add(i);
    }

    /** Returns the draft with these moves alone. */
    RebalanceDraft replay() {
        return replay;
    }

    RebalancePlan plan(double bound, SolverKind solver) {
        double after = replay.seconds();
        if (after >= before * (1 - ROUNDING)) {
            return new RebalancePlan(
                    List.of(),
                    List.of(),
                    List.of(),
                    before,
                    before,
                    bound,
                    PredictedLatencies.UNKNOWN,
                    solver,
                    false,
                    List.of(
                            "%s, and no move of a request would make it less"
                                    .formatted(fullest())));
        }
        var moves = order.stream().map(this::describe).toList();
        var loads = new ArrayList<AdapterCopy>();
        var idle = new ArrayList<AdapterCopy>();
        var seen = new TreeSet<Integer>();
        for (int j = 0; j < index.replicaCount(); j++) {
            if (seen.add(index.memory(j))) {
                copies(j, loads, idle);
            }
        }
        var latencies = PredictedLatencies.of(new RebalanceDraft(index), replay);
        return new RebalancePlan(
                moves,
                loads,
                idle,
                before,
                after,
                bound,
                latencies,
                solver,
                false,
                List.of(
                        fullest(),
                        "With %s moved and %s loaded, no replica has more than %s; no plan has less than %s"
                                .formatted(
                                        count(moves.size(), "request"),
                                        count(loads.size(), "adapter"),
                                        RebalancePlan.words(after),
                                        RebalancePlan.words(bound)),
                        describe(latencies)));
    }

    private static String count(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static String describe(PredictedLatencies latencies) {
        return Double.isNaN(latencies.after())
                ? "The costs of steps are not measured yet, so the loads are rough and no latencies are predicted"
                : "Requests are predicted to end after %s on average, and after %s without the moves"
                        .formatted(
                                RebalancePlan.words(latencies.after()),
                                RebalancePlan.words(latencies.before()));
    }

    private RequestMove describe(int i) {
        var request = index.request(i);
        return new RequestMove(
                request.id(),
                request.replica(),
                index.site(replay.place(i)).id(),
                request.cost().kind());
    }

    private void copies(int j, List<AdapterCopy> loads, List<AdapterCopy> idle) {
        int m = index.memory(j);
        for (int k = 0; k < index.problem().adapters().size(); k++) {
            var copy = new AdapterCopy(index.adapter(k).id(), index.site(j).memory());
            if (replay.users(m, k) > 0 && index.needsLoad(j, k)) {
                loads.add(copy);
            }
            if (replay.users(m, k) == 0 && index.isInUse(m, k)) {
                idle.add(copy);
            }
        }
    }

    private String fullest() {
        if (index.replicaCount() == 0) {
            return "There is no replica";
        }
        var home = new RebalanceLoads(index);
        return "Replica %s has most work, %s; the mean of the replicas is %s"
                .formatted(
                        index.site(home.fullest()).id(),
                        RebalancePlan.words(before),
                        RebalancePlan.words(home.mean()));
    }
}

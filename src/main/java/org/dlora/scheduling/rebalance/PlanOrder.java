package org.dlora.scheduling.rebalance;

import static java.lang.String.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
                            format(
                                    Locale.ROOT,
                                    "No move shortens the fullest replica's %.3g s",
                                    before)));
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
                        format(
                                Locale.ROOT,
                                "The fullest replica has %.3g s of work, %s",
                                before,
                                fullest()),
                        format(
                                Locale.ROOT,
                                "With moves of %s and loads of %s the fullest then has %.3g s, no plan has less than %.3g s",
                                count(moves.size(), "request"),
                                count(loads.size(), "adapter"),
                                after,
                                bound),
                        describe(latencies)));
    }

    private static String count(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static String describe(PredictedLatencies latencies) {
        return Double.isNaN(latencies.after())
                ? "Costs are not measured, so no latencies are predicted"
                : format(
                        Locale.ROOT,
                        "A request is predicted to end after %.4g s on average, without the moves after %.4g s",
                        latencies.after(),
                        latencies.before());
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
        var home = new RebalanceLoads(index);
        return format(
                Locale.ROOT,
                "replica %s; the mean is %.3g s",
                index.site(home.fullest()).id(),
                home.mean());
    }
}

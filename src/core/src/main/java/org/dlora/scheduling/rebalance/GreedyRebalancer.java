package org.dlora.scheduling.rebalance;

import org.dlora.scheduling.rebalance.RebalancePlan.SolverKind;

/**
 * Solver by best improvement. Again and again the fullest replica gives requests of one adapter to
 * another replica, whichever bundle evens out the two loads most. Where adapter memory is full,
 * another adapter is moved away first. It ends when the fullest replica is near the bound of the
 * relaxed problem, or nothing makes it less full. Deterministic.
 */
public final class GreedyRebalancer implements RebalanceSolver {
    @Override
    public RebalancePlan solve(RebalanceProblem problem, double timeLimit) {
        var index = new ProblemIndex(problem);
        var draft = new RebalanceDraft(index);
        double bound = RelaxedBound.of(index);
        improve(draft, bound);
        return draft.plan(bound, SolverKind.GREEDY);
    }

    /**
     * Moves requests of the draft until its T is near {@code bound} or nothing lowers it.
     *
     * @param bound of the relaxed problem in seconds
     */
    public void improve(RebalanceDraft draft, double bound) {
        int rounds = draft.index().requestCount() + draft.index().replicaCount();
        for (int round = 0; round < rounds; round++) {
            int from = draft.fullest();
            if (from < 0 || RelaxedBound.isNear(draft.load(from), bound)) {
                return;
            }
            var bundles = new Bundles(draft, from, bound);
            var best = bundles.best();
            if (best != null) {
                best.requests().forEach(i -> draft.move(i, best.to()));
            } else if (!new RoomSearch(draft, from, bundles).apply()) {
                return;
            }
        }
    }
}

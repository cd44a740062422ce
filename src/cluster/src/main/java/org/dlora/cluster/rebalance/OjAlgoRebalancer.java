package org.dlora.cluster.rebalance;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.dlora.cluster.rebalance.NeighbourhoodSearch.Programs;
import org.dlora.scheduling.rebalance.GreedyRebalancer;
import org.dlora.scheduling.rebalance.ProblemIndex;
import org.dlora.scheduling.rebalance.RebalanceDraft;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalancePlan.SolverKind;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.RebalanceSolver;
import org.dlora.scheduling.rebalance.RelaxedBound;

/**
 * Solver that improves the greedy plan with ojAlgo, a solver of mixed-integer programs. Where the
 * greedy plan is near the bound of the relaxed problem, no program is solved. The better of both
 * plans is returned, and a failure of the library leaves the greedy one.
 *
 * <p>Words for people call the greedy plan the quick one, and the library the solver.
 *
 * <p>The caller waits for the time limit at most, or until it is interrupted. The library computes
 * on one thread beside it, and can overrun its own limit. While it does, plans are greedy.
 */
public final class OjAlgoRebalancer implements RebalanceSolver {
    private final Programs programs;
    private final LongSupplier nanoTime;
    private final Semaphore library = new Semaphore(1);

    public OjAlgoRebalancer() {
        this(
                (draft, replicas, bound, single, milliseconds) ->
                        new NeighbourhoodModel(draft, replicas, bound, single).solve(milliseconds),
                System::nanoTime);
    }

    OjAlgoRebalancer(Programs programs, LongSupplier nanoTime) {
        this.programs = programs;
        this.nanoTime = nanoTime;
    }

    @Override
    public RebalancePlan solve(RebalanceProblem problem, double timeLimit) {
        long end = nanoTime.getAsLong() + (long) (timeLimit * 1e9);
        var draft = new RebalanceDraft(new ProblemIndex(problem));
        double bound = RelaxedBound.of(draft.index());
        new GreedyRebalancer().improve(draft, bound);
        var greedy = draft.plan(bound, SolverKind.GREEDY);
        if (timeLimit <= 0) {
            return greedy.with(true, "The solver had no time, so this is the quick plan");
        }
        var search =
                new NeighbourhoodSearch(
                        draft.ordered(),
                        bound,
                        programs,
                        () -> (end - nanoTime.getAsLong()) / 1_000_000);
        if (search.isGoodEnough()) {
            return greedy.with(
                    false,
                    "The quick plan is near the best possible one, so the solver did not run");
        }
        if (!library.tryAcquire()) {
            return greedy.with(
                    true, "The solver still works on an earlier plan, so this is the quick plan");
        }
        var run = new LimitedRun(search::run, library::release);
        boolean ended = run.await(Duration.ofNanos(end - nanoTime.getAsLong()));
        search.stop();
        return better(greedy, search, run, ended);
    }

    private static RebalancePlan better(
            RebalancePlan greedy, NeighbourhoodSearch search, LimitedRun run, boolean ended) {
        if (run.failure() != null) {
            return greedy.with(
                    false, "The solver failed, so this is the quick plan: " + run.failure());
        }
        boolean limitHit = !ended || search.limitHit();
        var plan = search.draft().plan(greedy.bound(), SolverKind.LIBRARY);
        var best = plan.after() < greedy.after() ? plan : greedy;
        return best.with(
                limitHit,
                "The solver %s%s"
                        .formatted(
                                plan.after() < greedy.after()
                                        ? "improved the quick plan, in which the fullest replica has %s"
                                                .formatted(RebalancePlan.words(greedy.after()))
                                        : "found no better plan than the quick one",
                                limitHit ? ", until its time limit" : ""));
    }
}

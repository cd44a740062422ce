package org.dlora.cluster.rebalance;

import java.util.concurrent.CompletableFuture;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.RebalanceSolver;

/**
 * Solver that computes on a thread of the lowest priority, so that steps go first. A plan comes
 * later where all processors compute steps; the caller waits for it.
 */
public final class BackgroundSolver implements RebalanceSolver {
    private final RebalanceSolver solver;

    /**
     * @param solver whose own threads inherit the priority
     */
    public BackgroundSolver(RebalanceSolver solver) {
        this.solver = solver;
    }

    @Override
    public RebalancePlan solve(RebalanceProblem problem, double timeLimit) {
        var plan = new CompletableFuture<RebalancePlan>();
        Thread.ofPlatform()
                .daemon()
                .name("rebalance-plan")
                .start(() -> {
                    try {
                        BackgroundPriority.lower();
                        plan.complete(solver.solve(problem, timeLimit));
                    } catch (RuntimeException | Error e) {
                        plan.completeExceptionally(e);
                    }
                });
        return plan.join();
    }
}

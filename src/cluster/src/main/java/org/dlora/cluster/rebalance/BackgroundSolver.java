package org.dlora.cluster.rebalance;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
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
                .start(() -> complete(plan, () -> solver.solve(problem, timeLimit)));
        return plan.join();
    }

    /**
     * Completes a plan on the calling thread, which keeps its priority: whoever waits may be a
     * virtual thread, and a carrier that is started to continue it inherits the priority of the
     * thread that wakes it.
     */
    private static void complete(
            CompletableFuture<RebalancePlan> plan, Callable<RebalancePlan> solve) {
        var task = new FutureTask<>(solve);
        var worker =
                Thread.ofPlatform()
                        .daemon()
                        .name("rebalance-solver")
                        .start(() -> {
                            BackgroundPriority.lower();
                            task.run();
                        });
        try {
            worker.join();
            plan.complete(task.get());
        } catch (ExecutionException e) {
            plan.completeExceptionally(e.getCause());
        } catch (InterruptedException e) {
            plan.completeExceptionally(e);
        }
    }
}

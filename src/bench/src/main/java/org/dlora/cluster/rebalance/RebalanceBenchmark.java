package org.dlora.cluster.rebalance;

import java.util.concurrent.TimeUnit;
import org.dlora.scheduling.rebalance.GreedyRebalancer;
import org.dlora.scheduling.rebalance.RebalanceInstance;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.RebalanceSolver;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A rebalancing plan for loads that lie far apart. In the {@code full} sizes memories have no room
 * for one more adapter, so the library has work; in the others the greedy plan is near the bound.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime) // Other processes move a mean.
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 3, time = 3)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class RebalanceBenchmark {
    @Param({"2/8/40", "8/32/300", "32/128/2000", "8/32/300 full", "32/128/2000 full"})
    String size;

    @Param({"greedy", "ojAlgo"})
    String solver;

    private RebalanceSolver rebalancer;
    private RebalanceProblem problem;

    @Setup
    public void setUp() {
        rebalancer = solver.equals("greedy") ? new GreedyRebalancer() : new OjAlgoRebalancer();
        var instance =
                switch (size) {
                    case "2/8/40" -> RebalanceInstance.SMALL;
                    case "8/32/300" -> RebalanceInstance.MEDIUM;
                    case "32/128/2000" -> RebalanceInstance.LARGE;
                    case "8/32/300 full" -> new RebalanceInstance(8, 32, 300, 4, 4);
                    default -> new RebalanceInstance(32, 128, 2000, 8, 8);
                };
        problem = instance.problem(2);
    }

    @Benchmark
    public RebalancePlan solve() {
        return rebalancer.solve(problem, 1);
    }
}

package org.dlora.cluster.rebalance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.dlora.cluster.rebalance.NeighbourhoodSearch.Programs;
import org.dlora.scheduling.rebalance.GreedyRebalancer;
import org.dlora.scheduling.rebalance.PlanAccount;
import org.dlora.scheduling.rebalance.RebalanceDraft;
import org.dlora.scheduling.rebalance.RebalanceInstance;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalancePlan.SolverKind;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.TinyProblem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OjAlgoRebalancerTest {
    /** Seconds in which every program of these tests ends, on a busy machine too. */
    private static final double AMPLE = 30;

    private static final RebalanceInstance FULL_MEMORIES = new RebalanceInstance(8, 32, 300, 4, 4);

    private final OjAlgoRebalancer library = new OjAlgoRebalancer();

    @Test
    void tinyProblemsAreSolvedWithinRoundingOfTheBestAssignment() {
        int improved = 0;
        for (long seed = 0; seed < 200; seed++) {
            var problem = TinyProblem.random(seed, 3);
            var plan = solve(problem, AMPLE);
            assertThat(plan.after())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(TinyProblem.leastSeconds(problem) * 1.011);
            improved += plan.solver() == SolverKind.LIBRARY ? 1 : 0;
        }
        assertThat(improved).as("problems on which the greedy plan was improved").isPositive();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void plansKeepToMemoriesThatHoldNotAllAdapters(int slots) {
        for (long seed = 0; seed < 30; seed++) {
            var problem = TinyProblem.random(seed, slots);
            assertThat(solve(problem, AMPLE).after())
                    .as("seed %d", seed)
                    .isGreaterThanOrEqualTo(TinyProblem.leastSeconds(problem) * (1 - 1e-9));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4})
    void plansKeepToTheFreePlacesOfSteps(int places) {
        for (long seed = 0; seed < 3; seed++) {
            solve(FULL_MEMORIES.problem(seed, places), AMPLE);
        }
    }

    @Test
    void allSizesComeNearTheBoundOfTheRelaxedProblem() {
        for (var instance :
                List.of(
                        RebalanceInstance.SMALL,
                        RebalanceInstance.MEDIUM,
                        RebalanceInstance.LARGE)) {
            for (long seed = 0; seed < 3; seed++) {
                var plan = solve(instance.problem(seed), 1);
                assertThat(plan.after())
                        .as("%s, seed %d", instance, seed)
                        .isLessThan(1.1 * plan.bound());
            }
        }
    }

    @Test
    void programsFindWhatSingleExchangesDoNot() {
        var problem = FULL_MEMORIES.problem(2);
        var plan = solve(problem, AMPLE);
        assertThat(plan.solver()).isEqualTo(SolverKind.LIBRARY);
        assertThat(plan.after()).isLessThan(0.8 * new GreedyRebalancer().solve(problem, 0).after());
        assertThat(plan.reasons())
                .last()
                .asString()
                .startsWith(
                        "The solver improved the quick plan, in which the fullest replica has ");
    }

    @Test
    void withoutTimeThePlanIsGreedy() {
        var problem = FULL_MEMORIES.problem(2);
        var plan = solve(problem, 0);
        assertThat(plan.moves()).isEqualTo(new GreedyRebalancer().solve(problem, 0).moves());
        assertThat(plan.solver()).isEqualTo(SolverKind.GREEDY);
        assertThat(plan.limitHit()).isTrue();
    }

    @Test
    void anInterruptedSolverAnswersWithTheGreedyPlan() {
        Thread.currentThread().interrupt();
        try {
            var plan = solve(FULL_MEMORIES.problem(2), AMPLE);
            assertThat(plan.solver()).isEqualTo(SolverKind.GREEDY);
            assertThat(plan.limitHit()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).as("the interrupt is left to the caller").isTrue();
        }
    }

    @Test
    void aFailureOfTheLibraryLeavesTheGreedyPlan() {
        Programs failing =
                (_, _, _, _, _) -> {
                    throw new ArithmeticException("singular matrix");
                };
        var plan = new OjAlgoRebalancer(failing, () -> 0).solve(FULL_MEMORIES.problem(2), AMPLE);
        assertThat(plan.solver()).isEqualTo(SolverKind.GREEDY);
        assertThat(plan.reasons()).last().asString().contains("singular matrix");
    }

    @Test
    void whileAProgramOverrunsItsLimitPlansAreGreedy() throws InterruptedException {
        var started = new CountDownLatch(1);
        var free = new CountDownLatch(1);
        Programs endless =
                (_, _, _, _, _) -> {
                    started.countDown();
                    await(free);
                    return Map.of();
                };
        var solver = new OjAlgoRebalancer(endless, () -> 0);
        var first = solver.solve(FULL_MEMORIES.problem(2), 1);
        started.await();
        assertThat(first.solver()).isEqualTo(SolverKind.GREEDY);
        assertThat(first.limitHit()).isTrue();
        var second = solver.solve(FULL_MEMORIES.problem(2), AMPLE);
        assertThat(second.reasons())
                .last()
                .isEqualTo("The solver still works on an earlier plan, so this is the quick plan");
        free.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("a program is not interrupted", e);
        }
    }

    @Test
    void wrongSolutionsMakeNoPlanWorse() {
        Programs wrong = (draft, replicas, _, _, _) -> everythingOn(replicas.getFirst(), draft);
        var problem = FULL_MEMORIES.problem(2);
        var plan = new OjAlgoRebalancer(wrong, () -> 0).solve(problem, AMPLE);
        new PlanAccount(problem).check(plan);
        assertThat(plan.after())
                .isLessThanOrEqualTo(new GreedyRebalancer().solve(problem, 0).after());
    }

    private static Map<Integer, Integer> everythingOn(int replica, RebalanceDraft draft) {
        var all = new HashMap<Integer, Integer>();
        for (int i = 0; i < draft.index().requestCount(); i++) {
            all.put(i, replica);
        }
        return all;
    }

    private RebalancePlan solve(RebalanceProblem problem, double timeLimit) {
        var plan = library.solve(problem, timeLimit);
        new PlanAccount(problem).check(plan);
        return plan;
    }
}

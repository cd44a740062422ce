package org.dlora.scheduling.rebalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.rebalance.RebalancePlan.AdapterCopy;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.dlora.scheduling.rebalance.RebalancePlan.SolverKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GreedyRebalancerTest {
    private static final long SLOT = 10;

    private final GreedyRebalancer greedy = new GreedyRebalancer();

    static Stream<RebalanceInstance> sizes() {
        return Stream.of(
                RebalanceInstance.SMALL, RebalanceInstance.MEDIUM, RebalanceInstance.LARGE);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void theFullestReplicaComesNearTheBoundOfTheRelaxedProblem(RebalanceInstance instance) {
        for (long seed = 0; seed < 5; seed++) {
            var problem = instance.problem(seed);
            var plan = greedy.solve(problem, 0);
            new PlanAccount(problem).check(plan);
            assertThat(plan.after()).as("seed %d", seed).isLessThan(1.1 * plan.bound());
            assertThat(plan.solver()).isEqualTo(SolverKind.GREEDY);
        }
    }

    @Test
    void fullMemoriesExchangeAdapters() {
        var instance = new RebalanceInstance(32, 128, 2000, 8, 8);
        for (long seed = 0; seed < 5; seed++) {
            var problem = instance.problem(seed);
            var plan = greedy.solve(problem, 0);
            new PlanAccount(problem).check(plan);
            assertThat(plan.mayLeave()).isNotEmpty();
            assertThat(plan.after()).as("seed %d", seed).isLessThan(1.1 * plan.bound());
        }
    }

    @Property(tries = 500, seed = "20261127")
    void plansKeepToAllLimitsAndGainSomething(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int slots) {
        var problem = TinyProblem.random(seed, slots);
        var plan = greedy.solve(problem, 0);
        new PlanAccount(problem).check(plan);
        assertThat(plan.moves().isEmpty()).isEqualTo(plan.gain() == 0);
    }

    @Property(tries = 300, seed = "20261127")
    void noAssignmentIsBelowTheBound(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int slots) {
        var problem = TinyProblem.random(seed, slots);
        assertThat(RelaxedBound.of(new ProblemIndex(problem)))
                .isLessThanOrEqualTo(TinyProblem.leastSeconds(problem) * (1 + 1e-9));
    }

    @Test
    void samePlanForSameProblem() {
        var problem = RebalanceInstance.LARGE.problem(7);
        assertThat(greedy.solve(problem, 0)).isEqualTo(greedy.solve(problem, 0));
    }

    @Test
    void nothingMovesBetweenEquallyFullReplicas() {
        var plan = greedy.solve(problem(1, 2, 0.5, request("q0", "r0"), request("q1", "r1")), 0);
        assertThat(plan.moves()).isEmpty();
        assertThat(plan.loads()).isEmpty();
        assertThat(plan.gain()).isZero();
        assertThat(plan.isWorth(RebalanceSettings.DEFAULT)).isFalse();
    }

    @Test
    void anIdleReplicaLoadsTheAdapterAndTakesHalfOfTheRequests() {
        var plan =
                greedy.solve(
                        problem(
                                1,
                                2,
                                0.5,
                                request("q0", "r0"),
                                request("q1", "r0"),
                                request("q2", "r0"),
                                request("q3", "r0")),
                        0);
        assertThat(plan.moves()).hasSize(2).allMatch(move -> move.to().equals("r1"));
        assertThat(plan.loads()).containsExactly(new AdapterCopy("a0", "m1"));
        assertThat(plan.before()).isEqualTo(40);
        assertThat(plan.after()).isEqualTo(20 + 2 * 0.25 + 0.5);
        assertThat(plan.isWorth(RebalanceSettings.DEFAULT)).isTrue();
    }

    @Test
    void noAdapterIsLoadedForLongerThanItSaves() {
        var plan = greedy.solve(problem(1, 2, 30, request("q0", "r0"), request("q1", "r0")), 0);
        assertThat(plan.moves()).isEmpty();
    }

    @Test
    void aSequenceGoesOnlyWhereItsBlocksAreFree() {
        var large =
                new RequestLoad("q0", AdapterRef.of("a0"), "r0", 10, 60, 70, new MoveCost(0.25, 1));
        var plan = greedy.solve(problem(1, 2, 0, large, request("q1", "r0")), 0);
        assertThat(plan.moves()).containsExactly(new RequestMove("q1", "r0", "r1", MoveKind.SEND));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void sequencesGoOnlyWhereTheStepsHavePlacesForThem(int freePlaces) {
        var running = new ArrayList<RequestLoad>();
        for (int i = 0; i < 4; i++) {
            running.add(
                    new RequestLoad(
                            "q" + i, AdapterRef.base(), "r0", 10, 6, 7, new MoveCost(0.25, 1)));
        }
        var sites =
                List.of(
                        new ReplicaSite("r0", "m0", 100, 50, true),
                        new ReplicaSite("r1", "m1", 100, 50, freePlaces, true, SiteCosts.UNKNOWN));
        var budgets = Map.of("m0", SLOT, "m1", SLOT);
        var problem = new RebalanceProblem(sites, budgets, List.of(), running, 0);
        assertThat(greedy.solve(problem, 0).moves()).hasSize(freePlaces);

        running.set(3, new RequestLoad("q3", AdapterRef.base(), "r0", 10, 0, 7, MoveCost.FREE));
        problem = new RebalanceProblem(sites, budgets, List.of(), running, 0);
        var plan = greedy.solve(problem, 0);
        new PlanAccount(problem).check(plan);
        assertThat(plan.moves()).hasSize(Math.min(2, freePlaces + 1));
    }

    @Test
    void kvBeyondTheCacheCountsAsSwapping() {
        var cost = new MoveCost(Double.POSITIVE_INFINITY, 1);
        var requests = new ArrayList<RequestLoad>();
        for (int i = 0; i < 2; i++) {
            requests.add(new RequestLoad("q" + i, AdapterRef.base(), "r" + i, 10, 0, 80, cost));
        }
        requests.add(new RequestLoad("q2", AdapterRef.base(), "r0", 0.1, 0, 80, cost));
        var plan = greedy.solve(problem(1, 3, 0, requests.toArray(RequestLoad[]::new)), 0);
        assertThat(plan.before()).isEqualTo(10.1 + 60 * 0.1);
        assertThat(plan.moves())
                .extracting(RequestMove::to, RequestMove::kind)
                .containsExactly(tuple("r2", MoveKind.RECOMPUTE));
    }

    @Test
    void requestsThatMayNotMoveStay() {
        var pinned = request("q0", "r0").pinned();
        var barred = request("q1", "r0").barredFrom("r1");
        var stuck =
                new RequestLoad(
                        "q2",
                        AdapterRef.of("a0"),
                        "r0",
                        10,
                        0,
                        10,
                        new MoveCost(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY));
        var plan = greedy.solve(problem(1, 2, 0, pinned, barred, stuck), 0);
        assertThat(plan.moves()).isEmpty();
        assertThat(plan.bound()).isCloseTo(30, within(1e-6));
    }

    @Test
    void aReplicaThatTakesNoRequestsOnlyGivesSome() {
        var sites =
                List.of(
                        new ReplicaSite("r0", "m0", 100, 50, true),
                        new ReplicaSite("r1", "m1", 100, 50, false));
        var adapters = List.of(new AdapterCopies("a0", SLOT, 0, Set.of("m0", "m1")));
        var budgets = Map.of("m0", SLOT, "m1", SLOT);
        var idle = List.of(request("q0", "r0"), request("q1", "r0"));
        assertThat(greedy.solve(new RebalanceProblem(sites, budgets, adapters, idle, 0), 0).moves())
                .isEmpty();
        var drained = List.of(request("q0", "r1"), request("q1", "r1"));
        assertThat(
                        greedy.solve(new RebalanceProblem(sites, budgets, adapters, drained, 0), 0)
                                .moves())
                .hasSize(1);
    }

    @Test
    void withoutRequestsOrReplicasThereIsNothingToDo() {
        var empty = new RebalanceProblem(List.of(), Map.of(), List.of(), List.of(), 0);
        assertThat(greedy.solve(empty, 0).moves()).isEmpty();
        assertThat(greedy.solve(problem(1, 2, 0), 0).after()).isZero();
    }

    private static RequestLoad request(String id, String replica) {
        return new RequestLoad(id, AdapterRef.of("a0"), replica, 10, 5, 10, new MoveCost(0.25, 1));
    }

    /** Returns replicas with a memory each; the first has adapter a0. */
    private static RebalanceProblem problem(
            int slots, int replicas, double loadSeconds, RequestLoad... requests) {
        var sites = new ArrayList<ReplicaSite>();
        var budgets = new HashMap<String, Long>();
        for (int j = 0; j < replicas; j++) {
            sites.add(new ReplicaSite("r" + j, "m" + j, 100, 50, true));
            budgets.put("m" + j, slots * SLOT);
        }
        var adapters = List.of(new AdapterCopies("a0", SLOT, loadSeconds, Set.of("m0")));
        return new RebalanceProblem(sites, budgets, adapters, List.of(requests), 0.1);
    }
}

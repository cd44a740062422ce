package org.dlora.scheduling.rebalance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;

/** Requests do not go to and fro. */
class MoveHistoryTest {
    private static final RebalanceSettings SETTINGS = RebalanceSettings.DEFAULT;

    private final GreedyRebalancer greedy = new GreedyRebalancer();

    @Test
    void aMovedRequestRests() {
        var history = historyOfOneMove();
        var later = problem(request("q0", "r1", 10), request("q1", "r1", 10));
        assertThat(history.restrict(later, SETTINGS, 9).requests().getFirst().movable()).isFalse();
        assertThat(history.restrict(later, SETTINGS, 9).requests().getLast().movable()).isTrue();
        assertThat(history.restrict(later, SETTINGS, 10).requests().getFirst().movable()).isTrue();
    }

    @Test
    void aRequestReturnsOnlyIfLoadsDifferFromThePlans() {
        var history = historyOfOneMove();
        var expected = problem(request("q0", "r1", 10), request("q1", "r0", 10));
        assertThat(history.restrict(expected, SETTINGS, 20).requests().getFirst().barred())
                .isEqualTo("r0");
        var other = problem(request("q0", "r1", 10), request("q2", "r1", 10));
        assertThat(history.restrict(other, SETTINGS, 20).requests().getFirst().barred()).isNull();
    }

    @Test
    void endedRequestsAreForgotten() {
        var later = problem(request("q0", "r1", 10));
        assertThat(historyOfOneMove().of(Set.of("q1")).restrict(later, SETTINGS, 1))
                .isEqualTo(later);
    }

    private MoveHistory historyOfOneMove() {
        var problem = problem(request("q0", "r0", 10), request("q1", "r0", 10));
        var plan = greedy.solve(problem, 0);
        assertThat(plan.moves())
                .extracting(RebalancePlan.RequestMove::request)
                .containsExactly("q0");
        return after(MoveHistory.NONE, problem, plan, 0);
    }

    /** Returns the history after all moves of a plan. */
    private static MoveHistory after(
            MoveHistory before, RebalanceProblem problem, RebalancePlan plan, double now) {
        var foreseen = MoveHistory.foreseen(problem, plan);
        assertThat(foreseen).hasSameSizeAs(plan.moves());
        var history = before;
        for (var move : plan.moves()) {
            double difference = foreseen.getOrDefault(move.request(), Double.NaN);
            history = history.plus(move.request(), move.from(), move.to(), difference, now);
        }
        return history;
    }

    /**
     * Random arrivals and services on three replicas in virtual time, with a plan each second. Much
     * of what is expected is wrong, so plans have reason to undo each other.
     */
    @Property(tries = 60, seed = "20261127")
    void noRequestReturnsWithinItsRest(@ForAll long seed) {
        var random = new Random(seed);
        var requests = new ArrayList<RequestLoad>();
        var lastMoves = new HashMap<String, Double>();
        var history = MoveHistory.NONE;
        int moves = 0;
        for (double now = 0; now < 60; now++) {
            for (int i = random.nextInt(4); i > 0; i--) {
                var replica = "r" + (int) (now / 7) % 3;
                requests.add(request("q" + now + "," + i, replica, random.nextDouble(30)));
            }
            requests.replaceAll(request -> served(request, random));
            requests.removeIf(request -> request.seconds() == 0);
            var problem = problem(requests.toArray(RequestLoad[]::new));
            var plan = greedy.solve(history.restrict(problem, SETTINGS, now), 0);
            history = after(history, problem, plan, now);
            var targets = new HashMap<String, String>();
            for (var move : plan.moves()) {
                var last = lastMoves.put(move.request(), now);
                assertThat(last == null || now - last >= SETTINGS.rest())
                        .as("%s moved at %s and at %s", move.request(), last, now)
                        .isTrue();
                targets.put(move.request(), move.to());
                moves++;
            }
            requests.replaceAll(request -> at(request, targets));
        }
        Statistics.label("moves").collect(moves > 20);
        assertThat(moves).isPositive();
    }

    @Test
    void nothingMovesUnderABalancedLoad() {
        var random = new Random(3);
        var history = MoveHistory.NONE;
        for (int now = 0; now < 50; now++) {
            var requests = new ArrayList<RequestLoad>();
            for (int i = 0; i < 10; i++) {
                double seconds = random.nextDouble(10);
                for (int j = 0; j < 3; j++) {
                    requests.add(request("q" + now + "," + i + "," + j, "r" + j, seconds));
                }
            }
            var problem = problem(requests.toArray(RequestLoad[]::new));
            var plan = greedy.solve(history.restrict(problem, SETTINGS, now), 0);
            assertThat(plan.moves()).isEmpty();
            history = after(history, problem, plan, now);
        }
    }

    /** Returns the request after a second, in which some are served and estimates change. */
    private static RequestLoad served(RequestLoad request, Random random) {
        double left = Math.max(0, request.seconds() * (0.6 + 0.6 * random.nextDouble()) - 0.5);
        return new RequestLoad(
                request.id(), request.adapter(), request.replica(), left, 0, 0, request.cost());
    }

    private static RequestLoad at(RequestLoad request, Map<String, String> targets) {
        return new RequestLoad(
                request.id(),
                request.adapter(),
                targets.getOrDefault(request.id(), request.replica()),
                request.seconds(),
                0,
                0,
                request.cost());
    }

    private static RequestLoad request(String id, String replica, double seconds) {
        return new RequestLoad(
                id, AdapterRef.base(), replica, seconds, 0, 0, new MoveCost(0.05, 0.1));
    }

    private static RebalanceProblem problem(RequestLoad... requests) {
        var sites = new ArrayList<ReplicaSite>();
        for (int j = 0; j < 3; j++) {
            sites.add(new ReplicaSite("r" + j, "m0", 100, 100, j < 2 || requests.length > 2));
        }
        return new RebalanceProblem(sites, Map.of("m0", 0L), List.of(), List.of(requests), 0);
    }
}

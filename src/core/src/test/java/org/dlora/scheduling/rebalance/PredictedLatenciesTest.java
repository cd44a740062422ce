package org.dlora.scheduling.rebalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepShape;
import org.junit.jupiter.api.Test;

/** Plans even out loads; they are applied only if requests are predicted to end sooner. */
class PredictedLatenciesTest {
    private static final double MERGED = 0.015;
    private static final double UNMERGED = 0.027;
    private static final Offset<Double> EXACT = within(1e-9);
    private static final LoraFacts LORA = new LoraFacts(16, 1000, 1000, 1000);
    private static final StepLimits LIMITS = new StepLimits(4, 100, 16);

    /**
     * Steps of two times, whatever their rows; a row of a prompt takes a tenth of a millisecond.
     */
    private static final CostModel COSTS =
            new CostModel() {
                @Override
                public double step(StepShape shape) {
                    double decode = shape.groups().isEmpty() ? MERGED : UNMERGED;
                    return shape.prefillRows() > 0 ? 1e-4 * shape.prefillRows() : decode;
                }

                @Override
                public double merge(LoraFacts lora) {
                    return 0.02;
                }
            };

    private static final SiteCosts MERGED_A0 = new SiteCosts(COSTS, LIMITS, Mode.merged("a0"));
    private static final SiteCosts PLAIN = new SiteCosts(COSTS, LIMITS, Mode.unmerged());

    @Test
    void requestsStayOnAMergedReplicaWithPlaces() {
        var plan = plan(running(4, "a0", 100), MERGED_A0, PLAIN);
        assertThat(plan.moves()).hasSize(2);
        assertThat(plan.relativeGain()).isGreaterThan(0.4);
        assertThat(plan.latencies().before()).isCloseTo(100 * MERGED, EXACT);
        assertThat(plan.latencies().after()).isGreaterThan(plan.latencies().before());
        assertThat(plan.isWorth(RebalanceSettings.DEFAULT)).isFalse();
    }

    @Test
    void theQueueOfAMergedReplicaIsShared() {
        var plan = plan(running(12, "a0", 100), MERGED_A0, PLAIN);
        assertThat(plan.latencies().before())
                .isCloseTo(100 * MERGED * (1 + 2 + 3) / 3, within(1e-6));
        assertThat(plan.latencies().after()).isLessThan(plan.latencies().before());
        assertThat(plan.isWorth(RebalanceSettings.DEFAULT)).isTrue();
    }

    @Test
    void requestsOfOtherAdaptersDoNotJoinAMergedReplica() {
        var requests = new ArrayList<>(running(4, "a1", 100));
        requests.add(request("q9", "a0", "r1", 20));
        var plan = plan(requests, PLAIN, MERGED_A0);
        assertThat(plan.moves()).isNotEmpty();
        assertThat(plan.isWorth(RebalanceSettings.DEFAULT)).isFalse();
    }

    @Test
    void requestsLeaveAReplicaThatIsMergedForOthers() {
        var requests = new ArrayList<>(running(2, "a0", 100));
        requests.replaceAll(RequestLoad::pinned);
        requests.add(request("q8", "a1", "r0", 100));
        var plan = plan(requests, MERGED_A0, PLAIN);
        assertThat(plan.moves()).extracting(RebalancePlan.RequestMove::request).contains("q8");
        assertThat(plan.latencies().before()).isCloseTo(100 * UNMERGED, EXACT);
        assertThat(plan.isWorth(RebalanceSettings.DEFAULT)).isTrue();
    }

    @Test
    void promptsDelayAll() {
        var waiting =
                new RequestLoad(
                        "q9",
                        AdapterRef.of("a0"),
                        "r1",
                        new RequestTokens(50, 50, 10),
                        0.1,
                        0,
                        4,
                        MoveCost.FREE,
                        false,
                        null);
        var requests = new ArrayList<>(running(4, "a0", 100));
        requests.add(waiting);
        var plan = plan(requests, MERGED_A0, MERGED_A0);
        assertThat(plan.latencies().before())
                .isCloseTo((4 * 100 * MERGED + 50e-4 + 10 * MERGED) / 5, EXACT);
    }

    @Test
    void blocksThatAreNotFreeAreWaitedFor() {
        var large =
                new RequestLoad(
                        "q9",
                        AdapterRef.of("a0"),
                        "r0",
                        new RequestTokens(0, 0, 100),
                        0.1,
                        0,
                        95,
                        MoveCost.FREE,
                        false,
                        null);
        var requests = new ArrayList<>(running(2, "a0", 100));
        requests.add(large);
        var plan = plan(requests, MERGED_A0, MERGED_A0);
        assertThat(plan.latencies().before()).isCloseTo(100 * MERGED * (1 + 1 + 2) / 3, EXACT);
    }

    @Test
    void withoutMeasuredCostsLoadsAloneDecide() {
        var plan = plan(running(4, "a0", 100), MERGED_A0, SiteCosts.UNKNOWN);
        assertThat(plan.latencies()).isEqualTo(PredictedLatencies.UNKNOWN);
        assertThat(plan.isWorth(RebalanceSettings.DEFAULT)).isTrue();
    }

    private static RebalancePlan plan(
            List<RequestLoad> requests, SiteCosts first, SiteCosts second) {
        var sites =
                List.of(
                        new ReplicaSite("r0", "m0", 100, 100, 100, true, first),
                        new ReplicaSite("r1", "m1", 100, 100, 100, true, second));
        var adapters =
                List.of(
                        new AdapterCopies("a0", 1, 0, LORA, Set.of("m0", "m1")),
                        new AdapterCopies("a1", 1, 0, LORA, Set.of("m0", "m1")));
        var budgets = Map.of("m0", 2L, "m1", 2L);
        var problem = new RebalanceProblem(sites, budgets, adapters, requests, 0.1);
        return new GreedyRebalancer().solve(problem, 0);
    }

    /** Returns requests on the first replica. */
    private static List<RequestLoad> running(int count, String adapter, int left) {
        return IntStream.range(0, count)
                .mapToObj(i -> request("q" + i, adapter, "r0", left))
                .toList();
    }

    private static RequestLoad request(String id, String adapter, String replica, int left) {
        return new RequestLoad(
                id,
                AdapterRef.of(adapter),
                replica,
                new RequestTokens(0, 0, left),
                left * UNMERGED / LIMITS.maxBatch(),
                1,
                8,
                new MoveCost(0.01, 1),
                true,
                null);
    }
}

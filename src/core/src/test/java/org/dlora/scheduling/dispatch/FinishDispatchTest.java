package org.dlora.scheduling.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.dlora.scheduling.dispatch.OutlookSketch.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.SyntheticCosts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The choice of a replica, by example. */
class FinishDispatchTest {
    private static final DispatchRequest REQUEST = request("sql", 64, 100);

    /** A second for each position that a row attends to. */
    private static final CostModel POSITIONS =
            new CostModel() {
                @Override
                public double step(StepShape shape) {
                    return shape.context() + shape.prefillContext();
                }

                @Override
                public double merge(LoraFacts lora) {
                    return 1;
                }
            };

    @Test
    void finishIsThatOfThePromptAndOfStepsBesideOthersAndAlone() {
        var prospect = prospect(REQUEST, replica("a").running("upper", 2, 30));
        // A full prompt step: 64 rows and a group. Steps of 3 rows with 2 groups, then of 1 row.
        double prompt = 0.010 + 0.064 + 0.004;
        assertThat(prospect.prompt()).isCloseTo(prompt, within(1e-9));
        assertThat(prospect.answer()).isCloseTo(30 * 0.021 + 70 * 0.015, within(1e-9));
        assertThat(prospect.start()).isZero();
        // Two others are delayed by the prompt, and by 5 ms in each of their 30 steps.
        assertThat(prospect.others()).isCloseTo(2 * (prompt + 30 * 0.005), within(1e-9));
    }

    @Test
    void finishBehindAQueueIsThatOfTheTurnAndOfWhatTheOthersHaveLeft() {
        var prospect = prospect(REQUEST, replica("a").running("sql", 8, 100).waiting(4, 16, 100));
        assertThat(prospect.prompts()).isCloseTo(0.078, within(1e-9));
        // 5 of 12 have to end, 8 in 100 steps; the others last for 150 steps.
        assertThat(prospect.turn()).isCloseTo(62.5 * 0.022, within(1e-9));
        assertThat(prospect.answer()).isCloseTo(87.5 * 0.022 + 12.5 * 0.015, within(1e-9));
        // Steps have 8 rows with the request, and 7 without.
        assertThat(prospect.others()).isCloseTo(12 * (0.078 + 100 * 0.001), within(1e-9));
    }

    @Test
    void positionsCountInStepsAndPrompts() {
        var idle = prospect(REQUEST, replica("a").costs(POSITIONS));
        assertThat(idle.prompt()).isCloseTo(64 * 32, within(1e-9));
        assertThat(idle.answer()).isCloseTo(100 * (64 + 50), within(1e-9));
        // 7 of 16 other requests have 140 of 320 positions.
        var busy = replica("a").running("sql", 8, 50).waiting(8, 20, 50).costs(POSITIONS);
        assertThat(prospect(REQUEST, busy).turn())
                .isCloseTo(9 * 50 / 8.0 * (140 + 114), within(1e-9));
    }

    @Test
    void longQueueIsAvoided() {
        assertThat(
                        chosen(
                                replica("a").running("sql", 8, 200).waiting(20, 16, 200),
                                replica("b").running("sql", 8, 200).waiting(2, 16, 200),
                                replica("c").running("sql", 8, 200).waiting(9, 16, 200)))
                .isEqualTo("b");
    }

    @Test
    void promptsThatWaitCountByTheirTokens() {
        assertThat(chosen(replica("a").waiting(1, 1500, 20), replica("b").waiting(3, 10, 20)))
                .isEqualTo("b");
    }

    @Test
    void sequencesThatSoonEndDelayLess() {
        assertThat(chosen(replica("a").running("sql", 4, 200), replica("b").running("sql", 4, 5)))
                .isEqualTo("b");
    }

    @ParameterizedTest
    @CsvSource({"0, with", "2, with", "3, with", "4, without", "8, without", "30, without"})
    void residentAdapterIsPreferredUntilItsQueueCostsMoreThanTheLoad(int queue, String expected) {
        var queued = replica("with");
        if (queue > 0) {
            queued.running("sql", Math.min(queue, 8), 100).waiting(Math.max(0, queue - 8), 16, 100);
        }
        assertThat(chosen(queued, replica("without").absent(1))).isEqualTo(expected);
    }

    @Test
    void loadInProgressIsWorthItsTimeLeft() {
        assertThat(
                        chosen(
                                replica("a").absent(0.5),
                                replica("b").presence(new AdapterPresence.Loading(0.6)),
                                replica("c").presence(new AdapterPresence.Loading(0.4))))
                .isEqualTo("c");
    }

    @Test
    void loadThatEndsBeforeItsTurnCostsNothing() {
        var busy = replica("a").running("upper", 8, 100).waiting(8, 16, 100);
        double resident = prospect(REQUEST, busy).finish();
        double absent = prospect(REQUEST, busy.absent(1)).finish();
        assertThat(absent).isEqualTo(resident);
    }

    @ParameterizedTest
    @CsvSource({"0, a", "304, a", "336, b", "624, b"})
    void cachedPrefixIsWorthItsTokens(int prefix, String expected) {
        // Each row of the prompt delays three requests on b, and one on a.
        var cached = replica("b").running("sql", 3, 10).prefix(prefix);
        var empty = replica("a").running("sql", 1, 10);
        assertThat(chosen(request("sql", 640, 10), empty, cached)).isEqualTo(expected);
    }

    @Test
    void mergedReplicaIsPreferredByRequestsOfItsAdapter() {
        var merged = replica("b").merged("sql", true).running("sql", 2, 50);
        var unmerged = replica("a").running("sql", 2, 50);
        assertThat(chosen(unmerged, merged)).isEqualTo("b");
        assertThat(chosen(request("upper", 64, 100), unmerged, merged)).isEqualTo("a");
    }

    @Test
    void exactRequestsGetNothingFromMergedWeightsAndDelayTheOthers() {
        var exact = new DispatchRequest(AdapterRef.of("sql"), OutlookSketch.LORA, 64, 100, true);
        var merged = replica("b").merged("sql", true).running("sql", 2, 50);
        var unmerged = replica("a").running("sql", 2, 50);
        assertThat(chosen(exact, merged, unmerged)).isEqualTo("a");
        assertThat(prospect(exact, merged).finish())
                .isCloseTo(prospect(exact, unmerged).finish(), within(1e-9));
    }

    @Test
    void requestBesideAnAdapterThatRunsOnlyAloneMakesAllStepsUnmerged() {
        // A row of a LoRA group takes 1 ms: 6 rows of sql, or the correction of one base row.
        var costs = new SyntheticCosts(0.010, 0.001, 0, 1e-9, 1);
        var base = new DispatchRequest(AdapterRef.base(), LoraFacts.NONE, 64, 100, false);
        var mixed = replica("a").merged("sql", true).running("sql", 6, 50).costs(costs);
        var alone = replica("b").merged("sql", false).running("sql", 6, 50).costs(costs);
        // Without the request steps are merged: 10 + 6 ms.
        double prompt = 6 * prospect(base, alone).prompt();
        assertThat(prospect(base, alone).others()).isCloseTo(prompt + 6 * 50 * 0.007, within(1e-9));
        assertThat(prospect(base, mixed).others() - 6 * prospect(base, mixed).prompt())
                .isCloseTo(6 * 50 * 0.002, within(1e-9));
    }

    @Test
    void replicaWithoutFreeBlocksIsAvoided() {
        var full = replica("a").running("sql", 4, 200).free(3);
        var roomy = replica("b").running("sql", 4, 200).free(20);
        assertThat(chosen(full, roomy)).isEqualTo("b");
        // 11 blocks are needed and 3 free; 97 are held and come back within 200 steps.
        assertThat(prospect(REQUEST, full).turn()).isCloseTo(8 / 97.0 * 200 * 0.019, within(1e-9));
    }

    @Test
    void promptsBeforeTheRequestNeedBlocksToo() {
        // 11 and 20 blocks are needed and 20 free; 80 are held and come back within 160 steps.
        var replica = replica("a").running("sql", 4, 150).waiting(1, 320, 200).free(20);
        assertThat(prospect(REQUEST, replica).turn())
                .isCloseTo(11 / 80.0 * 160 * 0.020, within(1e-9));
    }

    @Test
    void delayOfOthersCountsByItsWeight() {
        var busy = replica("a").running("sql", 6, 40);
        var slow = replica("b").absent(0.5);
        assertThat(chosen(busy, slow)).isEqualTo("b");
        assertThat(
                        new FinishDispatch(new DispatchSettings(0))
                                .choose(REQUEST, outlooks(busy, slow))
                                .replica())
                .contains("a");
    }

    @Test
    void replicasThatCannotServeAreNeverChosen() {
        var tooLarge = replica("a").presence(new AdapterPresence.Impossible(8 << 20, 5 << 20));
        var draining = replica("b").unavailable("it drains");
        var busy = replica("c").running("sql", 8, 900).waiting(40, 900, 900);
        assertThat(chosen(tooLarge, draining, busy)).isEqualTo("c");

        var none = decision(REQUEST, tooLarge, draining);
        assertThat(none.replica()).isEmpty();
        assertThat(none.finish()).isNaN();
        assertThat(none.reasons())
                .containsEntry(
                        "a",
                        "is not offered: the adapter needs 8.0 MB, at most 5.0 MB can be made free")
                .containsEntry("b", "is not offered: it drains");
        assertThat(decision(request("sql", 1600, 1), replica("a")).reasons())
                .containsEntry("a", "is not offered: the prompt needs 101 KV blocks, it has 100");
    }

    @Test
    void amongEqualsLeastLoadAndThenTheIdDecide() {
        assertThat(chosen(replica("b"), replica("a"), replica("c"))).isEqualTo("a");
        // Requests about to end cost nothing where the delay of others does not count.
        var selfish = new FinishDispatch(new DispatchSettings(0));
        assertThat(
                        selfish.choose(
                                        REQUEST,
                                        outlooks(replica("a").waiting(2, 0, 0), replica("b")))
                                .replica())
                .contains("b");
    }

    @Test
    void requestsThatComeAtOnceAreSpreadAsEachIsAddedToItsReplica() {
        var replicas = new ArrayList<>(outlooks(replica("a"), replica("b"), replica("c")));
        var counts = new TreeMap<String, Integer>();
        for (int i = 0; i < 30; i++) {
            var decision = new FinishDispatch(DispatchSettings.DEFAULT).choose(REQUEST, replicas);
            int index = decision.prospects().indexOf(decision.chosen());
            replicas.set(index, replicas.get(index).plus(REQUEST));
            counts.merge(decision.replica().orElseThrow(), 1, Integer::sum);
        }
        assertThat(counts).isEqualTo(Map.of("a", 10, "b", 10, "c", 10));
        var last = replicas.getFirst();
        assertThat(last.load().waiting()).isEqualTo(10);
        assertThat(last.batch()).containsExactly(new BatchShare("sql", OutlookSketch.LORA, 8));
        assertThat(last.prefillTokens()).isEqualTo(640);
        assertThat(last.remainingTokens()).isEqualTo(1000);
    }

    @Test
    void outlookIsGivenThePresenceAndPrefixOfEachRequest() {
        var busy = replica("a").running("upper", 3, 40);
        var other = busy.outlook().with(new AdapterPresence.Absent(2), 32);
        assertThat(other).isEqualTo(busy.absent(2).prefix(32).outlook());
    }

    @Test
    void leastLoadDecidesWhereCostsAreNotFitted() {
        var unfitted = replica("b").costs(CostModel.UNCALIBRATED).running("sql", 2, 999);
        var fitted = replica("a").running("sql", 3, 1);
        var decision = decision(REQUEST, fitted, unfitted);
        assertThat(decision.replica()).contains("b");
        assertThat(decision.finish()).isNaN();
        assertThat(decision.reasons())
                .containsEntry(
                        "a",
                        "is not chosen by least load, as no costs are fitted: 3 unfinished requests")
                .containsEntry(
                        "b",
                        "is chosen by least load, as no costs are fitted: 2 unfinished requests");
        // Without the unfitted replica the others can be compared.
        assertThat(decision(REQUEST, fitted, unfitted.unavailable("it drains")).finish())
                .isFinite();
        // Among equals free blocks count, and then the id.
        var small = replica("a").costs(CostModel.UNCALIBRATED).free(90);
        assertThat(chosen(small, replica("c"), replica("b"))).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 8, 9})
    void loadWeighsEightRequestsWhereCostsAreNotFitted(int unfinished) {
        var busy = replica("b").costs(CostModel.UNCALIBRATED).running("sql", unfinished, 9);
        var absent = replica("a").costs(CostModel.UNCALIBRATED).absent(99);
        assertThat(chosen(busy, absent)).isEqualTo(unfinished < 8 ? "b" : "a");
    }

    @Test
    void choiceIsExplainedForEachReplica() {
        var decision =
                decision(
                        REQUEST,
                        replica("a").running("sql", 2, 50).prefix(32),
                        replica("b").absent(3),
                        replica("c").running("upper", 8, 100).waiting(8, 16, 100),
                        replica("d").running("sql", 4, 300).free(0));
        assertThat(decision.reasons())
                .containsOnlyKeys("a", "b", "c", "d")
                .containsEntry(
                        "a",
                        "is chosen: it ends the request in 1.6 s, 0.039 s for the prompt but 32 cached tokens and 1.6 s for the answer; it delays 2 others by 0.2 s in all")
                .containsEntry(
                        "b",
                        "it ends the request in 4.6 s, 0.078 s for the prompt and 1.5 s for the answer, after 3.0 s for a load of its adapter; 2.8 s more than on a")
                .hasEntrySatisfying("c", why -> assertThat(why).contains("for a place; it delays"))
                .hasEntrySatisfying("d", why -> assertThat(why).contains("for KV blocks; it"));
    }

    @Test
    void valuesThatCannotBeAreRefused() {
        assertThatThrownBy(() -> request("sql", 0, 1))
                .hasMessage(
                        "A request for 'sql' has 0 prompt tokens and 1.0 expected output tokens: expected at least 1 of each");
        assertThatThrownBy(() -> new AdapterPresence.Absent(Double.NaN))
                .hasMessageStartingWith("A load takes NaN s");
        assertThatThrownBy(() -> new DispatchSettings(-1)).hasMessageContaining("is -1.0");
        assertThatThrownBy(() -> replica("a").waiting(1, -1, 0).outlook())
                .hasMessageStartingWith("Replica a has 0 context, -1 prefill");
    }

    private static OutlookSketch replica(String id) {
        return new OutlookSketch(id);
    }

    private static List<ReplicaOutlook> outlooks(OutlookSketch... replicas) {
        return Stream.of(replicas).map(OutlookSketch::outlook).toList();
    }

    private static DispatchDecision decision(DispatchRequest request, OutlookSketch... replicas) {
        return new FinishDispatch(DispatchSettings.DEFAULT).choose(request, outlooks(replicas));
    }

    private static String chosen(OutlookSketch... replicas) {
        return chosen(REQUEST, replicas);
    }

    private static String chosen(DispatchRequest request, OutlookSketch... replicas) {
        return decision(request, replicas).replica().orElseThrow();
    }

    private static Prospect prospect(DispatchRequest request, OutlookSketch replica) {
        return decision(request, replica).prospects().getFirst();
    }
}

package org.dlora.scheduling.fair;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.SnapshotBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The modes that {@code dlora} compares, and the reasons why some cannot be chosen. */
class ModeCandidatesTest {
    private static final LoraFacts SMALL = new LoraFacts(8, 500, 1, 1);
    private static final LoraFacts NONE = new LoraFacts(8, 0, 1, 1);

    @Test
    void theTwoAdaptersWithMostLoraWorkAreCompared() {
        var snapshot = new SnapshotBuilder();
        for (var id : List.of("a", "b", "c")) {
            snapshot.adapter(id).decoding(id, 10, 1, 100);
        }
        snapshot.unseen("b", 2).unseen("c", 1);
        assertThat(names(snapshot))
                .containsExactly("unmerged", "mixed:b", "merged:b", "mixed:c", "merged:c");
    }

    @Test
    void workIsTheSizeOfAnAdapterTimesItsRequests() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("small", SMALL, MergeRules.FREE, 1, OutputLengths.NONE)
                        .adapter("large")
                        .adapter("free", NONE, MergeRules.FREE, 1, OutputLengths.NONE)
                        .decoding("small", 10, 1, 100)
                        .decoding("large", 10, 1, 100)
                        .decoding("free", 10, 1, 100)
                        .unseen("free", 9);
        assertThat(names(snapshot))
                .containsExactly(
                        "unmerged", "mixed:large", "merged:large", "mixed:small", "merged:small");
        assertThat(names(snapshot.unseen("small", 2)))
                .startsWith("unmerged", "mixed:small", "merged:small");
    }

    @Test
    void adaptersThatAreReadyOrBeingBuiltAreComparedToo() {
        var snapshot = new SnapshotBuilder();
        for (var id : List.of("a", "b", "ready", "building")) {
            snapshot.adapter(id).decoding(id, 10, 1, 100);
        }
        snapshot.unseen("a", 1)
                .unseen("b", 1)
                .merge(
                        new MergeView(
                                Mode.unmerged(),
                                Set.of("ready", "idle"),
                                new MergeView.Build("building", 0.5),
                                1,
                                Long.MAX_VALUE));
        assertThat(names(snapshot))
                .contains("mixed:ready", "merged:ready", "mixed:building", "merged:building")
                .noneMatch(name -> name.contains("idle"));
    }

    @Test
    void adaptersThatRulesExcludeAreNamedWithTheReason() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter(
                                "fixed",
                                SnapshotBuilder.LORA,
                                MergeRules.never("retrained modules"),
                                1,
                                OutputLengths.NONE)
                        .adapter("idle", NONE, MergeRules.never("no"), 1, OutputLengths.NONE)
                        .decoding("fixed", 10, 1, 100)
                        .decoding("idle", 10, 1, 100);
        assertThat(refusals(snapshot))
                .isEqualTo(Map.of("unmerged", "", "mixed:fixed", "retrained modules"));
    }

    @Test
    void anAdapterThatOthersWouldSeeRunsMixedOnlyByItself() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter(
                                "coarse",
                                SnapshotBuilder.LORA,
                                MergeRules.aloneOnly("its rounding"),
                                1,
                                OutputLengths.NONE)
                        .decoding("coarse", 10, 1, 100);
        assertThat(refusal(snapshot, "mixed:coarse")).isEmpty();
        snapshot.adapter("cold").decoding("cold", 10, 1, 100);
        assertThat(refusal(snapshot, "mixed:coarse")).isEqualTo("its rounding");
        assertThat(refusal(snapshot, "merged:coarse")).isEmpty();
        assertThat(refusal(snapshot, "unmerged")).isEmpty();
    }

    @Test
    void exactRequestsKeepTheirStepUnmerged() {
        var exact = "a request of the step wants exact weights";
        var others = twoAdapters().exact("cold");
        assertThat(refusal(others, "mixed:hot")).isEqualTo(exact);
        assertThat(refusal(others, "merged:hot")).isEmpty();
        var own = twoAdapters().exact("hot");
        assertThat(refusal(own, "mixed:hot")).isEqualTo(exact);
        assertThat(refusal(own, "merged:hot")).isEqualTo(exact);
    }

    @Test
    void anAdapterAheadOfOthersDoesNotRunAlone() {
        var limit = DloraSettings.DEFAULT.maxLead();
        assertThat(refusal(twoAdapters(), "merged:hot", state(Map.of("hot", limit), Map.of())))
                .isEmpty();
        assertThat(refusal(twoAdapters(), "merged:hot", state(Map.of("hot", limit + 1), Map.of())))
                .isEqualTo("it is ahead of others in service");
    }

    @Test
    void noAdapterRunsAloneWhileAnotherIsOverdue() {
        var wait = DloraSettings.DEFAULT.maxWait();
        var overdue = state(Map.of(), Map.of("hot", 0.0, "cold", wait));
        assertThat(refusal(twoAdapters(), "merged:hot", overdue)).isEqualTo("others are overdue");
        assertThat(refusal(twoAdapters(), "merged:cold", overdue)).isEmpty();
        var soon = state(Map.of(), Map.of("hot", 0.0, "cold", wait - 0.001));
        assertThat(refusal(twoAdapters(), "merged:hot", soon)).isEmpty();
    }

    @Test
    void streamsOfOthersDoNotPauseWithinALimitOfTime() {
        var limited = twoAdapters().slo(Double.POSITIVE_INFINITY, 10);
        assertThat(refusal(limited, "merged:hot", running(2)))
                .isEqualTo("others' streams would stand still");
        assertThat(refusal(limited, "merged:hot", running(1))).isEmpty();
        var late = twoAdapters().slo(10, Double.POSITIVE_INFINITY);
        assertThat(refusal(late, "merged:hot", running(2))).isEmpty();
    }

    @Test
    void pausedRequestsKeepTheirBlocks() {
        var snapshot =
                new SnapshotBuilder()
                        .freeBlocks(3)
                        .adapter("hot")
                        .adapter("cold")
                        .decoding("cold", 40, 1, 100)
                        .waiting("hot", 900, 100);
        assertThat(refusal(snapshot, "merged:hot", running(1)))
                .isEqualTo("those that pause would lose their KV");
        assertThat(refusal(snapshot.freeBlocks(100), "merged:hot", running(1))).isEmpty();
    }

    @Test
    void requestsThatFindNoBlocksDoNotRunAlone() {
        var snapshot =
                new SnapshotBuilder()
                        .freeBlocks(0)
                        .adapter("hot")
                        .adapter("cold")
                        .waiting("cold", 40, 100)
                        .waiting("hot", 40, 100);
        assertThat(refusal(snapshot, "merged:hot")).isEqualTo("none of its requests finds blocks");
    }

    private static SnapshotBuilder twoAdapters() {
        return new SnapshotBuilder()
                .adapter("hot")
                .adapter("cold")
                .decoding("hot", 10, 1, 100)
                .decoding("cold", 10, 1, 100);
    }

    private static DloraState state(Map<String, Double> leads, Map<String, Double> waited) {
        return new DloraState(
                byRef(leads),
                100,
                byRef(waited),
                byRef(waited),
                Set.of(),
                Map.of(),
                Set.of(),
                "unmerged");
    }

    private static DloraState running(long sequence) {
        return new DloraState(
                Map.of(),
                100,
                Map.of(),
                Map.of(),
                Set.of(),
                Map.of(),
                Set.of(sequence),
                "unmerged");
    }

    private static Map<Flow, Double> byRef(Map<String, Double> byId) {
        var byRef = new HashMap<Flow, Double>();
        byId.forEach((id, number) -> byRef.put(Flow.of(AdapterRef.of(id)), number));
        return byRef;
    }

    private static List<String> names(SnapshotBuilder snapshot) {
        return all(snapshot, DloraState.START).stream().map(Candidate::name).toList();
    }

    /** Returns the reasons by candidate, empty for one that may be chosen. */
    private static Map<String, String> refusals(SnapshotBuilder snapshot) {
        var refusals = new HashMap<String, String>();
        all(snapshot, DloraState.START)
                .forEach(candidate -> refusals.put(candidate.name(), reason(candidate.refused())));
        return refusals;
    }

    private static String refusal(SnapshotBuilder snapshot, String name) {
        return refusal(snapshot, name, DloraState.START);
    }

    private static String refusal(SnapshotBuilder snapshot, String name, DloraState state) {
        return all(snapshot, state).stream()
                .filter(candidate -> candidate.name().equals(name))
                .map(candidate -> reason(candidate.refused()))
                .findFirst()
                .orElseThrow();
    }

    private static String reason(@Nullable String refused) {
        return Objects.requireNonNullElse(refused, "");
    }

    private static List<Candidate> all(SnapshotBuilder snapshot, DloraState state) {
        var index = snapshot.index();
        var settings = DloraSettings.DEFAULT;
        return new ModeCandidates(index, new FairShares(index, settings, state), settings).all();
    }
}

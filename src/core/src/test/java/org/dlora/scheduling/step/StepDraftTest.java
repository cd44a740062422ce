package org.dlora.scheduling.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SequenceRequest;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotBuilder;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepPlan.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows and blocks of a step while it is planned. */
class StepDraftTest {

    @Test
    void rowsAreBoundedByTheSequenceTheStepAndItsPlaces() {
        var draft =
                draft(
                        new SnapshotBuilder()
                                .limits(2, 20)
                                .waiting("a", 15, 9)
                                .waiting("a", 15, 9)
                                .waiting("a", 15, 9));
        draft.addRows(0, 4);
        draft.addRows(0, 100);
        draft.addRows(1, 100);
        assertThat(draft.rowsLeft()).isZero();
        draft.addRows(2, 1);
        assertThat(runs(draft)).containsExactly(new Run(1, 15), new Run(2, 5));
    }

    @Test
    void aThirdSequenceFindsNoPlaceEvenIfRowsAreLeft() {
        var draft =
                draft(
                        new SnapshotBuilder()
                                .limits(2, 20)
                                .waiting("a", 5, 9)
                                .waiting("a", 5, 9)
                                .waiting("a", 5, 9));
        for (int i = 0; i < 3; i++) {
            draft.addRows(i, 2);
        }
        draft.addRows(1, 1);
        assertThat(runs(draft)).containsExactly(new Run(1, 2), new Run(2, 3));
        assertThat(draft.rowsLeft()).isEqualTo(15);
        assertThat(draft.batch()).extracting(SequenceView::id).containsExactly(1L, 2L);
    }

    @Test
    void theFirstAndHoldersOfBlocksAreMembers() {
        var draft =
                draft(
                        new SnapshotBuilder()
                                .waiting("a", 30, 9)
                                .waiting("a", 30, 9)
                                .decoding("a", 30, 2, 9));
        assertThat(draft.members(3)).isEqualTo(2);
        assertThat(draft.members(2)).isEqualTo(1);
        draft.addRows(1, 1);
        assertThat(draft.members(3)).isEqualTo(3);
        // The first needs two blocks for 31 positions, the last holds two and needs a third.
        assertThat(draft.uncommittedBlocks(3)).isEqualTo(1000 - 2 - 2 - 1);
    }

    @Test
    void bystandersArePreemptedTheYoungestFirstThenTheLastInOrder() {
        var index =
                new SnapshotBuilder()
                        .freeBlocks(0)
                        .decoding("a", 30, 2, 9)
                        .decoding("a", 30, 2, 9)
                        .decoding("b", 30, 2, 9)
                        .decoding("b", 30, 2, 9)
                        .index();
        var order = index.sequences(AdapterRef.of("a"));
        var draft = new StepDraft(index, order, Mode.unmerged());
        draft.addRows(0, 1);
        draft.addRows(1, 1);
        for (var preempted : List.of(List.of(4L), List.of(3L, 4L), List.of(3L, 4L, 2L))) {
            assertThat(draft.preemptFor(0)).isTrue();
            assertThat(plan(draft).preempt()).containsExactlyElementsOf(preempted);
        }
        assertThat(draft.preemptFor(0)).isFalse();
        assertThat(runs(draft)).containsExactly(new Run(1, 1));
        assertThat(draft.preempts()).isTrue();
    }

    @Test
    void aSequenceThatFindsNoBlocksRunsAsManyRowsAsFit() {
        var draft = draft(new SnapshotBuilder().freeBlocks(1).prefilling("a", 100, 20, 9));
        draft.addRows(0, 60);
        assertThat(draft.lacksBlocks(0)).isTrue();
        draft.shrinkToFreeBlocks(0);
        // Two blocks and a free one have 48 positions, of which 20 are taken.
        assertThat(runs(draft)).containsExactly(new Run(1, 28));
        assertThat(draft.lacksBlocks(0)).isFalse();
    }

    @Test
    void blocksThatWereTakenAreFreeNoMore() {
        var draft =
                draft(new SnapshotBuilder().freeBlocks(2).waiting("a", 32, 9).waiting("a", 16, 9));
        draft.addRows(0, 17);
        draft.addRows(1, 1);
        assertThat(draft.lacksBlocks(1)).isFalse();
        draft.takeBlocks(0);
        assertThat(draft.lacksBlocks(1)).isTrue();
    }

    /** A step takes 74 ms: 10 ms and 1 ms for each of 64 rows. A prompt of 128 takes two. */
    @ParameterizedTest
    @CsvSource({
        // waited so far, limit to the first token, urgent
        "0, 0.147, false", // too late already
        "0, 0.149, true", // just in time
        "0, 0.295, true", // two steps to spare
        "0, 0.297, false",
        "0.1, 0.395, true",
        "0.1, 0.397, false",
        "0, Infinity, false",
    })
    void aPromptIsUrgentTwoStepsBeforeItsLastChance(double waited, double ttft, boolean urgent) {
        var draft =
                draft(new SnapshotBuilder().now(50 + waited).slo(ttft, 10).waiting("a", 128, 9));
        assertThat(draft.isUrgent(0)).isEqualTo(urgent);
    }

    @Test
    void requestsWithTheirFirstTokenAreNotUrgent() {
        var draft = draft(new SnapshotBuilder().now(50).slo(0.1, 10).decoding("a", 10, 1, 9));
        assertThat(draft.isUrgent(0)).isFalse();
    }

    @Test
    void aStepIsServedIfItRunsAllRowsThatItCould() {
        var draft = draft(new SnapshotBuilder().waiting("a", 5, 9).waiting("a", 5, 9));
        draft.addRows(0, 5);
        draft.addRows(1, 4);
        assertThat(draft.areServed(1)).isTrue();
        assertThat(draft.areServed(2)).isFalse();
        draft.addRows(1, 1);
        assertThat(draft.areServed(2)).isTrue();
    }

    @Test
    void rowsWhoseLogProbabilitiesAreWantedShareTheLogitsOfAStep() {
        // Ten plain rows each, and 32 rows with logits in all.
        var snapshot =
                new Snapshot(
                        List.of(view(1, 100, 0, 0, 10), view(2, 100, 0, 0, 10)),
                        1000,
                        new StepLimits(8, 512, 16));
        var draft = draft(snapshot);
        draft.addRows(0, 15);
        draft.addRows(0, 5);
        draft.addRows(1, 100);
        assertThat(runs(draft)).containsExactly(new Run(1, 20), new Run(2, 10 + 32 - 10));
        draft.addRows(0, 1);
        assertThat(runs(draft)).contains(new Run(1, 20));
    }

    @Test
    void aCachedPrefixThatIsTakenOverStaysHeldWhenItsHolderIsPreempted() {
        // The second takes over two blocks of the first, which holds three.
        var snapshot =
                new Snapshot(
                        List.of(view(1, 48, 47, 0, 48), view(2, 80, 0, 2, 80)),
                        1,
                        new StepLimits(8, 512, 16));
        var index = SnapshotIndex.of(snapshot);
        var draft = new StepDraft(index, List.of(snapshot.sequence(2)), Mode.unmerged());
        draft.addRows(0, 32);
        draft.preempt(snapshot.sequence(1));
        assertThat(draft.preempts()).isTrue();
        // Free are one block and the third of the first: just enough for 32 rows more.
        assertThat(draft.lacksBlocks(0)).isFalse();
        draft.addRows(0, 1);
        assertThat(draft.lacksBlocks(0)).isTrue();
    }

    /** A sequence without a history; {@code prefix} blocks of it are cached and held by others. */
    private static SequenceView view(long id, int tokens, int computed, int prefix, int plainRows) {
        int blocks = Math.ceilDiv(computed, 16);
        return new SequenceView(
                id,
                AdapterRef.base(),
                id,
                tokens,
                computed,
                blocks,
                blocks,
                blocks,
                16 * prefix,
                prefix,
                plainRows,
                SequenceRequest.UNKNOWN);
    }

    private static StepDraft draft(SnapshotBuilder snapshot) {
        return draft(snapshot.build());
    }

    private static StepDraft draft(Snapshot snapshot) {
        return new StepDraft(SnapshotIndex.of(snapshot), snapshot.sequences(), Mode.unmerged());
    }

    private static StepPlan plan(StepDraft draft) {
        return draft.toPlan(Mode.unmerged(), Mode.unmerged());
    }

    private static List<Run> runs(StepDraft draft) {
        return plan(draft).run();
    }
}

package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.StepPlan.Run;
import org.dlora.scheduling.StepShape.Group;
import org.junit.jupiter.api.Test;

/** Tests of the counts of a plan's rows. */
class StepShapeTest {
    private static final int PLAIN = 3;
    private static final LoraFacts COLD = new LoraFacts(8, 500, 1, 1);

    @Test
    void aSequenceWantsLogitsOfItsLastRowOnly() {
        var snapshot =
                new Snapshot(
                        List.of(
                                view(1, 20, 19, true, 20),
                                view(2, 30, 29, false, 30),
                                view(3, 40, 0, true, 40),
                                view(4, 50, 0, true, 50)),
                        100,
                        new StepLimits(8, 128, 16));
        var shape = shape(snapshot, new Run(1, 1), new Run(2, 1), new Run(3, 40), new Run(4, 49));
        assertThat(shape.rows()).isEqualTo(91);
        assertThat(shape.greedyRows()).isEqualTo(2);
        assertThat(shape.sampledRows()).isEqualTo(1);
    }

    @Test
    void logProbabilitiesOfAPromptAreReadFromItsRowsBeyondThePlainOnes() {
        var snapshot =
                new Snapshot(List.of(view(1, 20, 0, true, PLAIN)), 100, new StepLimits(8, 128, 16));
        assertThat(shape(snapshot, new Run(1, 10)).sampledRows()).isEqualTo(10 - PLAIN);
        assertThat(shape(snapshot, new Run(1, 10)).greedyRows()).isZero();
        assertThat(shape(snapshot, new Run(1, PLAIN)).sampledRows()).isZero();
    }

    @Test
    void positionsAreSummedOverTheRowsThatAttendToThem() {
        var snapshot =
                new Snapshot(
                        List.of(view(1, 20, 19, true, 20), view(2, 40, 16, true, 40)),
                        100,
                        new StepLimits(8, 128, 16));
        var shape = shape(snapshot, new Run(1, 1), new Run(2, 3));
        assertThat(shape.decodeRows()).isEqualTo(1);
        assertThat(shape.context()).isEqualTo(20);
        assertThat(shape.prefillRows()).isEqualTo(3);
        assertThat(shape.prefillContext()).isEqualTo(17 + 18 + 19);
        // A single row of a prompt is a decode row to the device.
        assertThat(shape(snapshot, new Run(2, 1)).context()).isEqualTo(17);
    }

    @Test
    void aMergedAdapterHasNoGroupOfItsOwnButCorrectsAllOthers() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("hot")
                        .adapter("cold", COLD, MergeRules.FREE, 1, OutputLengths.NONE)
                        .decoding("hot", 10, 1, 100)
                        .decoding("cold", 10, 1, 100)
                        .prefilling("cold", 30, 10, 100)
                        .build();
        var runs = List.of(new Run(1, 1), new Run(2, 1), new Run(3, 4));
        var hot = SnapshotBuilder.LORA;
        assertThat(groups(snapshot, Mode.unmerged(), runs))
                .containsExactly(new Group(hot, 1), new Group(COLD, 5));
        assertThat(groups(snapshot, Mode.merged("hot"), runs))
                .containsExactly(new Group(COLD, 5), new Group(hot, 5));
        assertThat(groups(snapshot, Mode.merged("cold"), runs))
                .containsExactly(new Group(hot, 1), new Group(COLD, 1));
        assertThat(groups(snapshot, Mode.merged("hot"), runs.subList(0, 1))).isEmpty();
    }

    @Test
    void aBatchIsCountedAsItDecodesOrPrefills() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("a")
                        .decoding("a", 10, 10, 100)
                        .decoding("a", 30, 1, 100)
                        .build();
        var batch = Batch.of(snapshot.sequences());
        var index = SnapshotIndex.of(snapshot);
        var lora = SnapshotBuilder.LORA;
        assertThat(batch.decode(index::lora, Mode.unmerged()))
                .isEqualTo(new StepShape(0, 2, 20 + 31, 0, List.of(new Group(lora, 2)), 2, 0));
        // Three rows of each: positions 20 + 21 + 22 and 31 + 32 + 33.
        assertThat(batch.prefill(3, index::lora, Mode.unmerged()))
                .isEqualTo(new StepShape(6, 0, 0, 63 + 96, List.of(new Group(lora, 6))));
        assertThat(batch.decode(index::lora, Mode.merged("a")).groups()).isEmpty();
    }

    private static List<Group> groups(Snapshot snapshot, Mode mode, List<Run> runs) {
        return StepShape.of(snapshot, new StepPlan(mode, mode, List.of(), runs)).groups();
    }

    private static StepShape shape(Snapshot snapshot, Run... runs) {
        return StepShape.of(snapshot, new StepPlan(List.of(), List.of(runs)));
    }

    private static SequenceView view(
            long id, int tokens, int computed, boolean greedy, int plainRows) {
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
                0,
                0,
                plainRows,
                new SequenceRequest(0, tokens, 10, false, greedy));
    }
}

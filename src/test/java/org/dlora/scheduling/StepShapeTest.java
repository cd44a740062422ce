package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.StepPlan.Run;
import org.junit.jupiter.api.Test;

/** What a plan's rows are counted as. */
class StepShapeTest {
    private static final int PLAIN = 3;

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
                new RequestView(0, tokens, 10, false, greedy));
    }
}

package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.dlora.bench.profile.OperationCosts.Call;
import org.junit.jupiter.api.Test;

class StepRecorderTest {
    private static final Call CALL = new Call("embed", new Cost(10, 1, 2, 3));

    private final StepRecorder recorder = new StepRecorder();

    @Test
    void stepExcludesTheProfilersOwnTime() {
        recorder.start(1);
        recorder.step(1, 1000);
        recorder.operation(CALL, 400, 100);
        recorder.own(50);
        recorder.step(1, 3000);
        recorder.own(20);
        recorder.step(1, 4000);

        assertThat(steps())
                .extracting(ProfiledStep::seconds)
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo(1850e-9, within(1e-15)),
                        second -> assertThat(second).isEqualTo(980e-9, within(1e-15)));
    }

    @Test
    void callsOfOneOperationAreSummedInTheOrderOfTheirFirst() {
        recorder.start(2);
        recorder.step(2, 0);
        recorder.operation(CALL, 100, 0);
        recorder.operation(new Call("lora", Cost.NONE), 7, 0);
        recorder.operation(CALL, 300, 0);
        recorder.step(2, 1000);

        var operations = steps().getFirst().operations();
        assertThat(operations.keySet()).containsExactly("embed", "lora");
        assertThat(operations.get("embed")).isEqualTo(new Tally(2, 400e-9, new Cost(20, 2, 4, 6)));
    }

    @Test
    void stepsOfAnotherSizeDoNotCount() {
        recorder.start(2);
        recorder.step(5, 0);
        recorder.operation(CALL, 100, 10);
        recorder.step(2, 1000);
        recorder.step(5, 1500);
        recorder.operation(CALL, 100, 10);
        recorder.step(2, 9000);

        assertThat(steps())
                .singleElement()
                .satisfies(step -> {
                    assertThat(step.seconds()).isEqualTo(500e-9, within(1e-15));
                    assertThat(step.operations()).isEmpty();
                });
    }

    @Test
    void aStepThatRanBeforeTheStartOrAtTheStopDoesNotCount() {
        recorder.step(1, 0);
        recorder.start(1);
        recorder.step(1, 1000); // Ends a step that began unrecorded.
        recorder.step(1, 2000);
        recorder.stop();
        recorder.step(1, 3000);
        recorder.step(1, 4000);

        assertThat(steps()).extracting(ProfiledStep::seconds).containsExactly(1e-6);
    }

    @Test
    void aStepAcrossAClearDoesNotCount() {
        recorder.start(1);
        recorder.step(1, 0);
        recorder.step(1, 1000);
        recorder.clear();
        recorder.step(1, 9000);
        recorder.step(1, 9500);

        assertThat(steps())
                .singleElement()
                .satisfies(step -> assertThat(step.seconds()).isEqualTo(500e-9, within(1e-15)));
    }

    @Test
    void aRoundKeepsItsStepsWhenTheRecorderGoesOn() {
        recorder.start(1);
        recorder.step(1, 0);
        recorder.operation(CALL, 100, 0);
        recorder.step(1, 1000);
        var round = recorder.round(new Roofline(1, 1, 1));
        recorder.clear();
        recorder.step(1, 2000);

        assertThat(round.steps()).hasSize(1);
        assertThat(round.total("embed"::equals).calls()).isEqualTo(1);
    }

    private List<ProfiledStep> steps() {
        return recorder.round(new Roofline(1, 1, 1)).steps();
    }
}

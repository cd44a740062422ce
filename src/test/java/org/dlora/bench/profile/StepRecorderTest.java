package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class StepRecorderTest {
    private static final OperationCosts.Call CALL = new OperationCosts.Call("embed", Cost.NONE);

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

        assertThat(recorder.round(new Roofline(1, 1, 1)).steps())
                .extracting(ProfiledStep::seconds)
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo(1850e-9, within(1e-15)),
                        second -> assertThat(second).isEqualTo(980e-9, within(1e-15)));
    }
}

package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.dlora.engine.Heartbeat;
import org.junit.jupiter.api.Test;

class HangCheckTest {
    private final HangCheck check = new HangCheck(new WatchdogSettings(30, 50, 600));

    private static Heartbeat turn(long beat) {
        return new Heartbeat(beat, Double.NaN, false);
    }

    @Test
    void aTurnHangsOnceItLastsLongerThanTheMinimumAndNotBefore() {
        for (int second = 0; second <= 30; second++) {
            assertThat(check.hangs(turn(7), 100 + second)).as("after %d s", second).isFalse();
        }
        assertThat(check.hangs(turn(7), 130.5)).isTrue();
        assertThat(check.seconds()).isEqualTo(30.5);
    }

    @Test
    void everyTurnHasTheWholeTime() {
        for (int second = 0; second <= 200; second++) {
            assertThat(check.hangs(turn(second / 20), second)).isFalse();
        }
    }

    @Test
    void aStepMayLastAMultipleOfItsPrediction() {
        var step = new Heartbeat(3, 2.0, false);
        for (int second = 0; second <= 100; second++) {
            assertThat(check.hangs(step, second)).isFalse();
        }
        assertThat(check.hangs(step, 101)).isTrue();
        assertThat(check.hangs(new Heartbeat(3, 0.001, false), 102)).isTrue();
    }

    @Test
    void noPredictionLetsAStepLastLongerThanTheMaximum() {
        for (double predicted : new double[] {1e6, Double.POSITIVE_INFINITY}) {
            var stuck = new HangCheck(new WatchdogSettings(30, 50, 600));
            var step = new Heartbeat(3, predicted, false);
            for (int second = 0; second <= 600; second++) {
                assertThat(stuck.hangs(step, second)).isFalse();
            }
            assertThat(stuck.hangs(step, 601)).isTrue();
        }
    }

    @Test
    void aReplicaThatRestsNeverHangs() {
        for (int second = 0; second <= 500; second++) {
            assertThat(check.hangs(new Heartbeat(9, Double.NaN, true), second)).isFalse();
        }
    }

    @Test
    void aPauseOfTheWholeProcessIsNoHang() {
        assertThat(check.hangs(turn(1), 0)).isFalse();
        assertThat(check.hangs(turn(1), 3600)).isFalse();
        assertThat(check.seconds()).isEqualTo(1);
    }

    @Test
    void limitsThatFenceEveryReplicaAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WatchdogSettings(0, 50, 600))
                .withMessageContaining("0.0 s and 50.0 times");
        assertThatIllegalArgumentException().isThrownBy(() -> new WatchdogSettings(30, 0.5, 600));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WatchdogSettings(30, 50, 29))
                .withMessageContaining("no more than 29.0 s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WatchdogSettings(30, 50, Double.NaN));
    }
}

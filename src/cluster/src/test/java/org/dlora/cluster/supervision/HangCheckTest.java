package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.dlora.cluster.supervision.HangCheck.Turn;
import org.dlora.engine.Heartbeat;
import org.junit.jupiter.api.Test;

class HangCheckTest {
    private final HangCheck check = new HangCheck(new WatchdogSettings(30, 50, 600));

    private static Heartbeat turn(long beat) {
        return new Heartbeat(beat, Double.NaN, false);
    }

    private boolean hangs(Heartbeat heartbeat, double now) {
        return hangs(check, heartbeat, now);
    }

    private static boolean hangs(HangCheck check, Heartbeat heartbeat, double now) {
        return check.look(heartbeat, Double.NaN, now, false) == Turn.HUNG;
    }

    /** Returns the turn after some seconds in which the thread uses a part of a processor. */
    private Turn after(int seconds, double part, boolean isLast) {
        var turn = Turn.IN_TIME;
        for (int second = 0; second <= seconds && turn != Turn.HUNG; second++) {
            turn = check.look(turn(1), part * second, second, isLast);
        }
        return turn;
    }

    @Test
    void aThreadThatGetsATenthOfAProcessorIsSlowUntilItHasHadItsTime() {
        assertThat(after(299, 0.1, false)).isEqualTo(Turn.SLOW);
        assertThat(after(302, 0.1, false)).isEqualTo(Turn.HUNG);
        assertThat(check.processorSeconds()).isCloseTo(30, within(0.2));
    }

    @Test
    void noThreadIsSlowForLongerThanTheMaximum() {
        assertThat(after(600, 0.01, false)).isEqualTo(Turn.SLOW);
        assertThat(after(602, 0.01, false)).isEqualTo(Turn.HUNG);
    }

    @Test
    void aThreadThatHasAWholeProcessorHangsAfterTheLimit() {
        assertThat(after(30, 1, false)).isEqualTo(Turn.IN_TIME);
        assertThat(after(31, 1, false)).isEqualTo(Turn.HUNG);
        assertThat(check.seconds()).isEqualTo(31);
    }

    @Test
    void aThreadThatUsesNoProcessorAnyMoreHangs() {
        for (boolean isLast : new boolean[] {true, false}) {
            var stuck = new HangCheck(new WatchdogSettings(30, 50, 600));
            for (int second = 0; second <= 30; second++) {
                double used = Math.min(second, 25) * 0.5;
                assertThat(stuck.look(turn(1), used, second, isLast)).isEqualTo(Turn.IN_TIME);
            }
            assertThat(stuck.look(turn(1), 12.5, 31, isLast)).isEqualTo(Turn.SLOW);
            assertThat(stuck.look(turn(1), 12.5, 31.9, isLast)).isEqualTo(Turn.SLOW);
            for (int second = 32; second <= 35; second++) {
                assertThat(stuck.look(turn(1), 12.5, second, isLast)).isEqualTo(Turn.SLOW);
            }
            assertThat(stuck.look(turn(1), 12.5, 35.5, isLast)).isEqualTo(Turn.HUNG);
        }
    }

    @Test
    void theLastReplicaIsSlowForAsLongAsItComputes() {
        assertThat(after(3000, 0.1, true)).isEqualTo(Turn.SLOW);
        assertThat(after(600, 1, true)).isEqualTo(Turn.SLOW);
        assertThat(after(602, 1, true)).isEqualTo(Turn.HUNG);
    }

    @Test
    void aTurnHangsOnceItLastsLongerThanTheMinimumAndNotBefore() {
        for (int second = 0; second <= 30; second++) {
            assertThat(hangs(turn(7), 100 + second)).as("after %d s", second).isFalse();
        }
        assertThat(hangs(turn(7), 130.5)).isTrue();
        assertThat(check.seconds()).isEqualTo(30.5);
    }

    @Test
    void everyTurnHasTheWholeTime() {
        for (int second = 0; second <= 200; second++) {
            assertThat(hangs(turn(second / 20), second)).isFalse();
        }
    }

    @Test
    void aStepMayLastAMultipleOfItsPrediction() {
        var step = new Heartbeat(3, 2.0, false);
        for (int second = 0; second <= 100; second++) {
            assertThat(hangs(step, second)).isFalse();
        }
        assertThat(hangs(step, 101)).isTrue();
        assertThat(hangs(new Heartbeat(3, 0.001, false), 102)).isTrue();
    }

    @Test
    void noPredictionLetsAStepLastLongerThanTheMaximum() {
        for (double predicted : new double[] {1e6, Double.POSITIVE_INFINITY}) {
            var stuck = new HangCheck(new WatchdogSettings(30, 50, 600));
            var step = new Heartbeat(3, predicted, false);
            for (int second = 0; second <= 600; second++) {
                assertThat(hangs(stuck, step, second)).isFalse();
            }
            assertThat(hangs(stuck, step, 601)).isTrue();
        }
    }

    @Test
    void aReplicaThatRestsNeverHangs() {
        for (int second = 0; second <= 500; second++) {
            assertThat(hangs(new Heartbeat(9, Double.NaN, true), second)).isFalse();
        }
    }

    @Test
    void aPauseOfTheWholeProcessIsNoHang() {
        assertThat(hangs(turn(1), 0)).isFalse();
        assertThat(hangs(turn(1), 3600)).isFalse();
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

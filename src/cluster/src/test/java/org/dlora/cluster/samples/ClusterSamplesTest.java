package org.dlora.cluster.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.cluster.facts.TestTraces;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClusterSamplesTest {
    private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");
    private static final Mode SQL = Mode.merged("sql@3#17");

    private Instant now = BEGIN;
    private final ClusterSamples samples = new ClusterSamples(() -> now);

    private static ReplicaReading reading(String replica, Mode mode) {
        return new ReplicaReading(
                replica, "CPU", true, true, new ReplicaLoad(replica, 3, 4, 10, 50), 2, mode);
    }

    private void pass(ReplicaReading... readings) {
        now = now.plusSeconds(1);
        samples.sample(() -> new ClusterReading(List.of(readings), 0));
    }

    private void ran(String replica, Mode mode, int correctedRows, double seconds, int tokens) {
        var decision = new StepDecision("dlora", "", "", mode, mode, List.of(), 0, Map.of());
        var shape = new StepShape(0, tokens, 0, 0, List.of(), tokens, 0);
        samples.tally(replica)
                .accept(
                        new RecordedStep(
                                1, 0, seconds, 0, shape, tokens, tokens, correctedRows, decision));
    }

    private ReplicaSample latest(String replica) {
        return timeline(replica).latest().orElseThrow();
    }

    private ReplicaTimeline timeline(String replica) {
        return samples.timelines().stream()
                .filter(line -> line.replica().equals(replica))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void secondHasTheStateInWhichStepsSpentMostTime() {
        assertThat(samples.timelines()).isEmpty();
        ran("0", Mode.unmerged(), 0, 0.3, 5);
        ran("0", SQL, 0, 0.2, 6);
        ran("0", SQL, 0, 0.2, 7);
        ran("0", SQL, 2, 0.1, 8);
        pass(reading("0", Mode.unmerged()), reading("1", Mode.unmerged()));
        assertThat(latest("0"))
                .isEqualTo(
                        new ReplicaSample(now, SampleState.MERGED, "sql@3", 3, 6, 40, 50, 26, 4));
        assertThat(latest("1").state()).isEqualTo(SampleState.IDLE);

        ran("0", SQL, 2, 0.1, 1);
        pass(reading("0", SQL), reading("1", Mode.unmerged()));
        assertThat(latest("0").state()).isEqualTo(SampleState.MIXED);
        assertThat(latest("0").steps()).as("those before are counted once").isEqualTo(1);

        pass(reading("0", SQL), reading("1", Mode.unmerged()));
        assertThat(latest("0").state()).isEqualTo(SampleState.IDLE);
        assertThat(latest("0").adapter()).as("still in the weights").isEqualTo("sql@3");
    }

    @Test
    void replicaThatDoesNotServeIsAway() {
        var load = new ReplicaLoad("0", 0, 0, 0, 50);
        pass(new ReplicaReading("0", "CPU", false, false, load, 0, Mode.unmerged()));
        assertThat(latest("0").state()).isEqualTo(SampleState.AWAY);
    }

    @Test
    void drainedReplicaIsAwayOnceItRunsNothing() {
        var load = new ReplicaLoad("0", 0, 0, 0, 50);
        var drained = new ReplicaReading("0", "CPU", true, false, load, 0, Mode.unmerged());
        ran("0", Mode.unmerged(), 0, 0.1, 4);
        pass(drained);
        assertThat(latest("0").state()).isEqualTo(SampleState.UNMERGED);
        pass(drained);
        assertThat(latest("0").state()).isEqualTo(SampleState.AWAY);
    }

    @Test
    void fiveMinutesAreKept() {
        for (int i = 0; i < 2 * ClusterSamples.SECONDS; i++) {
            pass(reading("0", Mode.unmerged()));
        }
        var kept = timeline("0").samples();
        assertThat(kept).hasSize(ClusterSamples.SECONDS);
        assertThat(kept.getFirst().at()).isEqualTo(now.minusSeconds(ClusterSamples.SECONDS - 1));

        now = now.plusSeconds(ClusterSamples.SECONDS - 10); // The machine slept.
        pass(reading("0", Mode.unmerged()));
        assertThat(timeline("0").samples()).hasSize(10);
    }

    @Test
    void modeIsSinceItsFirstSample() {
        pass(reading("0", Mode.unmerged()));
        var first = now;
        pass(reading("0", Mode.unmerged()));
        assertThat(timeline("0").modeSince()).isEqualTo(first);
        pass(reading("0", SQL));
        assertThat(timeline("0").modeSince()).isEqualTo(now);
        assertThat(timeline("0").merged()).isEqualTo("sql@3");
    }

    @Test
    void tokensPerSecondAreAMeanOfTheLastSamples() {
        assertThat(ClusterSamples.SECONDS).isGreaterThan(4);
        for (int tokens : new int[] {100, 10, 20, 30}) {
            ran("0", Mode.unmerged(), 0, 0.1, tokens);
            pass(reading("0", Mode.unmerged()));
        }
        assertThat(timeline("0").tokensPerSecond(3)).isEqualTo(20);
        assertThat(timeline("0").tokensPerSecond(10)).isEqualTo(40);
        now = now.plusSeconds(4); // The machine is busy.
        ran("0", Mode.unmerged(), 0, 0.1, 30);
        pass(reading("0", Mode.unmerged()));
        assertThat(timeline("0").tokensPerSecond(1)).isEqualTo(6);
    }

    @Test
    void latenciesAreMediansOfTheLastMinute() {
        pass(reading("0", Mode.unmerged()));
        assertThat(timeline("0").ttft()).isNull();
        ended(9.0, 9.0, 5);
        now = now.plusSeconds(58);
        ended(0.1, 0.4, 4);
        ended(0.3, 0.8, 2);
        ended(0.2, 0.2, 1);
        ended(null, 5.0, 0);
        now = now.plusSeconds(3);
        assertThat(timeline("0").ttft()).isCloseTo(0.2, within(1e-6));
        assertThat(timeline("0").tpot())
                .as("an answer of one token has none")
                .isCloseTo(0.5, within(1e-6));
        now = now.plusSeconds(60);
        assertThat(timeline("0").ttft()).isNull();
        assertThat(timeline("0").tpot()).isNull();
    }

    /** Seconds from the arrival. */
    private void ended(@Nullable Double first, double done, int tokens) {
        var arrived = now.minusMillis(Math.round(1000 * done));
        var times =
                new RequestTimes(
                        arrived,
                        arrived,
                        arrived,
                        first == null ? null : arrived.plusMillis(Math.round(1000 * first)),
                        now);
        samples.ended(
                new RequestFacts(
                        "id",
                        null,
                        "sql",
                        null,
                        "0",
                        times,
                        new SequenceUsage(3, 0, tokens, 0, StepCounts.NONE),
                        0,
                        0,
                        new RequestOutcome.Answered(FinishReason.STOP),
                        TestTraces.base()));
    }

    @Test
    void failureCostsOneSecond() {
        pass(reading("0", Mode.unmerged()));
        samples.sample(() -> {
            throw new IllegalStateException("of the test");
        });
        assertThat(timeline("0").samples()).hasSize(1);
        pass(reading("0", Mode.unmerged()));
        assertThat(timeline("0").samples()).hasSize(2);
    }
}

package org.dlora.api.openai.call;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.api.openai.Events;
import org.dlora.replica.request.FinishReason;
import org.junit.jupiter.api.Test;

class CallTimesTest {
    private static final long MS = 1_000_000;

    private final CallTimes times = new CallTimes(5 * MS);

    @Test
    void timesAreThoseBetweenTheEvents() {
        times.began(8 * MS);
        times.on(Events.token('a'), 18 * MS);
        times.on(Events.token('b'), 22 * MS);
        times.on(Events.token('c'), 28 * MS);
        times.on(Events.finished(FinishReason.STOP, 1, 3), 90 * MS);
        assertThat(times.timings()).isEqualTo(new AnswerTimings(10.0, 10.0, 3.0, 5.0, 150.0));
    }

    @Test
    void oneTokenHasNoTimeBetweenTokens() {
        times.began(8 * MS);
        times.on(Events.token('a'), 18 * MS);
        assertThat(times.timings()).isEqualTo(new AnswerTimings(10.0, 0.0, 3.0, null, 100.0));
    }

    @Test
    void aCallThatBeginsAnewKeepsItsFirstBegin() {
        times.began(8 * MS);
        times.began(15 * MS);
        times.on(Events.token('a'), 18 * MS);
        assertThat(times.timings().queueTimeMs()).isEqualTo(3.0);
    }

    @Test
    void withoutATokenNothingIsKnown() {
        times.began(8 * MS);
        assertThat(times.timings()).isEqualTo(AnswerTimings.NONE);
    }
}

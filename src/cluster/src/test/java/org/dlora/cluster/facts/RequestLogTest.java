package org.dlora.cluster.facts;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Instant;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RequestLogTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final RequestTimes TIMES =
            new RequestTimes(
                    NOW,
                    NOW.plusMillis(1),
                    NOW.plusMillis(2),
                    NOW.plusNanos(50_000_001),
                    NOW.plusSeconds(2));

    private final Logger logger = (Logger) LoggerFactory.getLogger("org.dlora.requests");
    private final @Nullable Level before = logger.getLevel();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeEach
    void listen() {
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(logged);
        logger.setLevel(before);
    }

    @Test
    void writesOneLineForARequestAtLevelDebugAlone() {
        var facts =
                new RequestFacts(
                        "chatcmpl-1-0",
                        "mine",
                        "sql",
                        "0123456789abcdef",
                        "0",
                        TIMES,
                        new SequenceUsage(12, 3, 30, 2, new StepCounts(5, 6, 7)),
                        8,
                        9,
                        new RequestOutcome.Answered(FinishReason.STOP),
                        TestTraces.base());
        logger.setLevel(Level.INFO);
        new RequestLog().ended(facts);
        assertThat(logged.list).isEmpty();
        logger.setLevel(Level.DEBUG);
        new RequestLog().ended(facts);
        assertThat(logged.list)
                .singleElement()
                .returns(Level.DEBUG, ILoggingEvent::getLevel)
                .returns(
                        "Request id=chatcmpl-1-0 client=mine model=sql version=0123456789ab replica=0 outcome=stop"
                                + " prompt=12 cached=3 output=30 preemptions=2 unmerged=5 merged=6 mixed=7 migrations=8 rescues=9"
                                + " arrived=2026-01-02T03:04:05Z queued=0.001000 ready=0.002000 first=0.050000"
                                + " done=2.000000",
                        ILoggingEvent::getFormattedMessage);
    }

    @Test
    void unknownValuesAreADash() {
        var facts = facts(null, "tiny", new RequestOutcome.TurnedAway(RefusalCode.UNKNOWN_ADAPTER));
        assertThat(RequestLog.line(facts))
                .contains("client=- model=tiny version=- replica=- outcome=unknown_adapter")
                .contains("queued=- ready=- first=- done=0.000000");
    }

    @Test
    void noNameImitatesAFieldOrALine() {
        var facts =
                facts(
                        "a outcome=stop",
                        "x\" replica=1\nid=2\\",
                        new RequestOutcome.Broke(FailureCode.LOGITS_NOT_FINITE));
        assertThat(RequestLog.line(facts))
                .contains("client=\"a outcome=stop\" model=\"x\\\" replica=1?id=2\\\\\" version=-")
                .contains("outcome=logits_not_finite")
                .doesNotContain("\n");
    }

    private static RequestFacts facts(
            @Nullable String client, String model, RequestOutcome outcome) {
        var times = new RequestTimes(NOW, null, null, null, NOW);
        return new RequestFacts(
                "r",
                client,
                model,
                null,
                null,
                times,
                SequenceUsage.NONE,
                0,
                0,
                outcome,
                TestTraces.base());
    }
}

package org.dlora.cluster.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.cluster.facts.TestTraces;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.SequenceUsage;
import org.junit.jupiter.api.Test;

class MigrationMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MigrationMeters meters = new MigrationMeters(registry);

    @Test
    void movesAreCountedByOutcomeWithTheBytesThatTheySent() {
        meters.ended(record(new MigrationResult.Moved(), 100));
        meters.ended(record(new MigrationResult.Moved(), 20));
        meters.ended(record(new MigrationResult.Ended(), 3));
        meters.ended(record(new MigrationResult.Failed("no room"), 0));
        assertThat(migrations("moved")).isEqualTo(2);
        assertThat(migrations("ended")).isEqualTo(1);
        assertThat(migrations("failed")).isEqualTo(1);
        assertThat(registry.get("dlora.migration.bytes").counter().count()).isEqualTo(123);
    }

    @Test
    void pausesAreTimed() {
        meters.resumed(new StreamPause(0.25, 1, 0.2));
        meters.resumed(new StreamPause(0.5, 2, 0.4));
        var pause = registry.get("dlora.migration.pause").timer();
        assertThat(pause.count()).isEqualTo(2);
        assertThat(pause.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(750);
    }

    @Test
    void rescuesOfEndedRequestsAreCounted() {
        meters.ended(facts(2));
        meters.ended(facts(0));
        assertThat(registry.get("dlora.rescues").counter().count()).isEqualTo(2);
    }

    private double migrations(String outcome) {
        return registry.get("dlora.migrations").tag("outcome", outcome).counter().count();
    }

    private static MigrationRecord record(MigrationResult result, long bytes) {
        return new MigrationRecord(
                "r",
                "sql",
                "0",
                "1",
                Instant.EPOCH,
                1,
                new SentKv(1, bytes, 0),
                null,
                result,
                MoveCause.BY_HAND,
                null);
    }

    private static RequestFacts facts(int rescues) {
        var times = new RequestTimes(Instant.EPOCH, null, null, null, Instant.EPOCH);
        return new RequestFacts(
                "r",
                null,
                "sql",
                null,
                "0",
                times,
                SequenceUsage.NONE,
                1,
                rescues,
                new RequestOutcome.Answered(FinishReason.STOP),
                TestTraces.base());
    }
}

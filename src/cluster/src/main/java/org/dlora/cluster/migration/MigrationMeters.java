package org.dlora.cluster.migration;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.IntStream;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.replica.migration.MigrationResult;

/**
 * Meters of requests that move between replicas, or are continued after one has failed.
 * Thread-safe.
 */
public final class MigrationMeters implements MigrationObserver, RequestObserver {
    /** Upper bounds of the pauses that are told apart, in milliseconds. */
    private static final Duration[] BUCKETS =
            IntStream.of(5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
                    .mapToObj(Duration::ofMillis)
                    .toArray(Duration[]::new);

    private final Counter moved;
    private final Counter ended;
    private final Counter failed;
    private final Counter bytes;
    private final Counter rescues;
    private final Timer pause;

    public MigrationMeters(MeterRegistry registry) {
        moved = migrations("moved", registry);
        ended = migrations("ended", registry);
        failed = migrations("failed", registry);
        bytes =
                Counter.builder("dlora.migration.bytes")
                        .description("KV bytes that migrations sent")
                        .register(registry);
        rescues =
                Counter.builder("dlora.rescues")
                        .description("Times that a request was continued after its replica failed")
                        .register(registry);
        pause =
                Timer.builder("dlora.migration.pause")
                        .description("Time between two tokens of a stream across a migration")
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry);
    }

    private static Counter migrations(String outcome, MeterRegistry registry) {
        return Counter.builder("dlora.migrations")
                .description("Migrations of requests that have ended")
                .tag("outcome", outcome)
                .register(registry);
    }

    @Override
    public void ended(MigrationRecord move) {
        var outcome =
                switch (move.result()) {
                    case MigrationResult.Moved() -> moved;
                    case MigrationResult.Ended() -> ended;
                    case MigrationResult.Failed _ -> failed;
                };
        outcome.increment();
        bytes.increment((double) move.kv().bytes());
    }

    @Override
    public void resumed(StreamPause its) {
        pause.record(Duration.ofNanos((long) (its.seconds() * 1e9)));
    }

    @Override
    public void ended(RequestFacts facts) {
        rescues.increment(facts.rescues());
    }
}

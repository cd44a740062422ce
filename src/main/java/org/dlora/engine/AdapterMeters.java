package org.dlora.engine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.DoubleStream;

/** The meters of one adapter (or the base) on one replica. */
final class AdapterMeters {
    /**
     * Seconds: the lower ones tell times per output token apart, the upper ones TTFT and end-to-end
     * times.
     */
    private static final Duration[] BUCKETS =
            DoubleStream.of(
                            0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10,
                            20, 30, 60, 120)
                    .mapToObj(seconds -> Duration.ofNanos((long) (seconds * 1e9)))
                    .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final Tags tags;
    final Timer ttft;
    final Timer tpot;
    final Timer endToEnd;
    final Counter promptTokens;
    final Counter outputTokens;

    AdapterMeters(MeterRegistry registry, String adapter, String replica) {
        this.registry = registry;
        tags = Tags.of("adapter", adapter, "replica", replica);
        ttft = timer("dlora.ttft", "Time from submission to the first token");
        tpot = timer("dlora.tpot", "Time per output token after the first");
        endToEnd = timer("dlora.e2e", "Time from submission to the end");
        promptTokens = counter("dlora.tokens.prompt", "Prompt tokens", tags);
        outputTokens = counter("dlora.tokens.output", "Output tokens", tags);
    }

    /** Requests that ended so. */
    Counter requests(String outcome) {
        return counter("dlora.requests", "Ended requests by outcome", tags.and("outcome", outcome));
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private Counter counter(String name, String description, Tags labels) {
        return Counter.builder(name).description(description).tags(labels).register(registry);
    }
}

package org.dlora.engine.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/** The meters of one adapter (or the base) on one replica. */
final class AdapterMeters implements AutoCloseable {
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
    private final Set<Meter> registered = new HashSet<>();
    private boolean closed;
    final Timer ttft;
    final Timer tpot;
    final Timer endToEnd;
    final Counter promptTokens;
    final Counter outputTokens;
    final Counter service;

    /**
     * Registers the meters.
     *
     * @param adapter the label, {@link AdapterLabel}
     * @param standing policy's state for the adapter
     * @param merged 1 while the weights hold it, else 0
     */
    AdapterMeters(
            MeterRegistry registry,
            String adapter,
            String replica,
            Supplier<Number> standing,
            Supplier<Number> merged) {
        this.registry = registry;
        tags = Tags.of("adapter", adapter, "replica", replica);
        ttft = timer("dlora.ttft", "Time from submission to the first token");
        tpot = timer("dlora.tpot", "Time per output token after the first");
        endToEnd = timer("dlora.e2e", "Time from submission to the end");
        promptTokens = counter("dlora.tokens.prompt", "Prompt tokens", tags);
        outputTokens = counter("dlora.tokens.output", "Output tokens", tags);
        gauge(
                "dlora.policy.standing",
                "What the policy keeps for the adapter: credit, or service beyond others'",
                standing);
        gauge("dlora.adapter.merged", "1 while the weights hold the adapter, else 0", merged);
        service =
                counter(
                        "dlora.rows",
                        "Token rows that were computed, those after a preemption once more",
                        tags);
    }

    /** Counts a request to which {@code promise}, {@code ttft} or {@code tpot}, was made. */
    synchronized void promised(String promise, boolean isKept) {
        if (!closed) {
            var labels = tags.and("promise", promise, "outcome", isKept ? "kept" : "missed");
            counter("dlora.slo.requests", "Requests by kept and missed promises", labels)
                    .increment();
        }
    }

    /** Counts a request that ended so. */
    synchronized void ended(String outcome) {
        // A listener may be told of the end after the adapter has gone; it must not come back here.
        if (!closed) {
            var labels = tags.and("outcome", outcome);
            counter("dlora.requests", "Ended requests by outcome", labels).increment();
        }
    }

    /** Takes all of them off the registry. */
    @Override
    public synchronized void close() {
        closed = true;
        registered.forEach(registry::remove);
        registered.clear();
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        registered(
                Gauge.builder(name, value)
                        .description(description)
                        .tags(tags)
                        .strongReference(true)
                        .register(registry));
    }

    private Timer timer(String name, String description) {
        return registered(
                Timer.builder(name)
                        .description(description)
                        .tags(tags)
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry));
    }

    private Counter counter(String name, String description, Tags labels) {
        return registered(
                Counter.builder(name).description(description).tags(labels).register(registry));
    }

    private <M extends Meter> M registered(M meter) {
        registered.add(meter);
        return meter;
    }
}

package org.dlora.catalogue.shadow;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;

/** Meters of shadows. Thread-safe. */
public final class ShadowMeters implements RequestObserver {
    private final Map<ShadowOutcome, Counter> runs = new EnumMap<>(ShadowOutcome.class);
    private final Counter tokens;
    private final Counter equal;

    public ShadowMeters(MeterRegistry registry) {
        for (var outcome : ShadowOutcome.values()) {
            runs.put(
                    outcome,
                    Counter.builder("dlora.shadow.runs")
                            .description("Runs of shadows that have ended")
                            .tag("outcome", outcome.word())
                            .register(registry));
        }
        tokens =
                Counter.builder("dlora.shadow.tokens")
                        .description("Output tokens of shadows that were compared")
                        .register(registry);
        equal =
                Counter.builder("dlora.shadow.equal.tokens")
                        .description("Output tokens of shadows that were as the client's")
                        .register(registry);
    }

    @Override
    public void ended(RequestFacts facts) {}

    @Override
    public void shadowed(ShadowFacts facts) {
        requireNonNull(runs.get(facts.outcome())).increment();
        tokens.increment(facts.shadowTokens());
        equal.increment(facts.equalTokens());
    }
}

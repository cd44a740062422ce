package org.dlora.app.wiring;

import static java.util.Objects.requireNonNullElse;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.Consumer;
import org.dlora.catalogue.source.Acquisition;

/** Meters of adapters that were acquired, or could not be. Thread-safe. */
final class AcquisitionMeters implements Consumer<Acquisition> {
    private final MeterRegistry registry;

    AcquisitionMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void accept(Acquisition ended) {
        Timer.builder("dlora.acquisition")
                .description("Acquisitions of adapters that have ended")
                .tag("source", ended.kind())
                .tag("outcome", ended.state().label())
                .register(registry)
                .record(
                        Duration.between(
                                ended.created(),
                                requireNonNullElse(ended.ended(), ended.created())));
        Counter.builder("dlora.acquisition.bytes")
                .description("Bytes that acquisitions of adapters transferred")
                .baseUnit("bytes")
                .tag("source", ended.kind())
                .register(registry)
                .increment((double) ended.bytes());
    }
}

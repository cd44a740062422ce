package org.dlora.cluster.fidelity;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.engine.meters.AdapterLabel;

/**
 * Gauges of the accuracy of merged weights, by the names of the measured adapters. A gauge lasts as
 * long as its adapter is shown: a scrape that meets a gauge removed and registered again finds it
 * twice, and fails.
 */
final class FidelityMeters {
    private final MultiGauge survival;
    private final MultiGauge deviation;
    private final MultiGauge noise;
    private volatile Map<String, MergeFidelity> shown = Map.of();

    FidelityMeters(MeterRegistry metrics) {
        survival =
                MultiGauge.builder("dlora.merge.fidelity")
                        .description("Share of an adapter's change that survives merging")
                        .register(metrics);
        deviation =
                MultiGauge.builder("dlora.merge.logit.deviation")
                        .description("Relative deviation of an adapter's logits once merged")
                        .register(metrics);
        noise =
                MultiGauge.builder("dlora.merge.mixed.noise")
                        .description("Relative deviation of the logits of others beside it")
                        .register(metrics);
    }

    /** Shows the accuracies of {@code byName}, and no others. */
    void show(Map<String, MergeFidelity> byName) {
        shown = Map.copyOf(byName);
        show(survival, MergeFidelity::survival);
        show(deviation, MergeFidelity::logitDeviation);
        show(noise, MergeFidelity::mixedNoise);
    }

    private void show(MultiGauge gauge, ToDoubleFunction<MergeFidelity> value) {
        var rows =
                shown.keySet().stream()
                        .sorted()
                        .<MultiGauge.Row<?>>map(name ->
                                MultiGauge.Row.of(
                                        Tags.of("adapter", AdapterLabel.of(name)),
                                        () -> value(name, value)))
                        .toList();
        gauge.register(rows, false);
    }

    private double value(String name, ToDoubleFunction<MergeFidelity> value) {
        var fidelity = shown.get(name);
        return fidelity == null ? Double.NaN : value.applyAsDouble(fidelity);
    }
}

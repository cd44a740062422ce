package org.dlora.cluster.fidelity;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.dlora.adapter.MergeFidelity;
import org.dlora.engine.meters.AdapterLabel;

/** Gauges of the accuracy of merged weights, by the names of the measured adapters. */
final class FidelityMeters {
    private final MultiGauge survival;
    private final MultiGauge deviation;
    private final MultiGauge noise;

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

    /** Replaces the gauges by those of {@code byName}. */
    void show(Map<String, MergeFidelity> byName) {
        var sorted = new TreeMap<>(byName);
        show(survival, sorted, MergeFidelity::survival);
        show(deviation, sorted, MergeFidelity::logitDeviation);
        show(noise, sorted, MergeFidelity::mixedNoise);
    }

    private static void show(
            MultiGauge gauge,
            Map<String, MergeFidelity> byName,
            ToDoubleFunction<MergeFidelity> value) {
        var rows =
                byName.entrySet().stream()
                        .<MultiGauge.Row<?>>map(one ->
                                MultiGauge.Row.of(
                                        Tags.of("adapter", AdapterLabel.of(one.getKey())),
                                        value.applyAsDouble(one.getValue())))
                        .toList();
        gauge.register(rows, true);
    }
}

package org.dlora.engine.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.request.StepKind;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.cost.CostError;
import org.jspecify.annotations.Nullable;

/**
 * Meters of a replica's scheduling: steps by mode, builds of merged weights, changes of mode, and
 * the errors of predicted step times.
 */
final class SchedulingMeters {
    /** Percent; a histogram cannot tell values below 1 apart. */
    private static final double[] ERRORS = {2, 5, 10, 15, 25, 50, 100};

    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<StepKind, Timer> steps = new EnumMap<>(StepKind.class);
    private final Map<MergeOutcome, Timer> builds = new EnumMap<>(MergeOutcome.class);
    private final Counter switches;
    private final Counter predicted;
    private final DistributionSummary errors;
    private Mode mode = Mode.unmerged();
    private volatile @Nullable EngineFigures engine;

    SchedulingMeters(MeterRegistry registry, String replica) {
        this.registry = registry;
        tags = Tags.of("replica", replica);
        for (var kind : StepKind.values()) {
            steps.put(
                    kind,
                    Timer.builder("dlora.step")
                            .description("Steps and their time by mode")
                            .tags(tags.and("mode", kind.name().toLowerCase(Locale.ROOT)))
                            .register(registry));
        }
        for (var outcome : MergeOutcome.values()) {
            builds.put(
                    outcome,
                    Timer.builder("dlora.merge")
                            .description("Merged weights that were begun, and the work on them")
                            .tags(tags.and("outcome", outcome.name().toLowerCase(Locale.ROOT)))
                            .register(registry));
        }
        switches =
                Counter.builder("dlora.switches")
                        .description("Changes of the weights between two steps")
                        .tags(tags)
                        .register(registry);
        predicted =
                Counter.builder("dlora.step.predicted")
                        .description("Time that steps were predicted to take")
                        .baseUnit("seconds")
                        .tags(tags)
                        .register(registry);
        errors =
                DistributionSummary.builder("dlora.step.error.percent")
                        .description(
                                "Difference of a step's time and its prediction, in percent of its time")
                        .serviceLevelObjectives(ERRORS)
                        .tags(tags)
                        .register(registry);
        gauge(
                "dlora.cost.error.median",
                "Median error of the last steps' predictions",
                CostError::median);
        gauge(
                "dlora.cost.error.p90",
                "90th percentile of the errors of the last steps' predictions",
                CostError::p90);
        Gauge.builder("dlora.merge.bytes", this, SchedulingMeters::copyBytes)
                .description("Memory of copies of weights, merged or kept for the next merge")
                .baseUnit("bytes")
                .tags(tags)
                .register(registry);
    }

    /** Sets the engine whose costs and copies the gauges show, in place of an earlier one. */
    void watch(EngineFigures figures) {
        engine = figures;
    }

    private double copyBytes() {
        var watched = engine;
        return watched == null ? 0 : watched.copyBytes();
    }

    private @Nullable CostError error() {
        var watched = engine;
        return watched == null ? null : watched.costError();
    }

    private void gauge(String name, String description, ToDoubleFunction<CostError> value) {
        Gauge.builder(
                        name,
                        this,
                        self -> {
                            var error = self.error();
                            return error == null ? Double.NaN : value.applyAsDouble(error);
                        })
                .description(description)
                .tags(tags)
                .register(registry);
    }

    void built(MergeOutcome outcome, double seconds) {
        var timer = builds.get(outcome);
        if (timer != null) {
            timer.record(Duration.ofNanos((long) (1e9 * seconds)));
        }
    }

    void ran(RecordedStep step) {
        var decision = step.decision();
        var timer = steps.get(step.kind());
        if (timer != null) {
            timer.record(Duration.ofNanos((long) (1e9 * step.seconds())));
        }
        if (!decision.mode().equals(mode)) {
            mode = decision.mode();
            switches.increment();
        }
        if (step.predicted() >= 0 && step.seconds() > 0) {
            predicted.increment(step.predicted());
            errors.record(100 * Math.abs(step.predicted() / step.seconds() - 1));
        }
    }
}

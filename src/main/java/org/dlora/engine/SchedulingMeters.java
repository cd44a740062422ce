package org.dlora.engine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.dlora.scheduling.Mode;

/** How a replica's steps are chosen, what they take, and how well that was foreseen. */
final class SchedulingMeters {
    private static final double[] ERRORS = {0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1};

    private final Map<Kind, Timer> steps = new EnumMap<>(Kind.class);
    private final Counter switches;
    private final Counter predicted;
    private final DistributionSummary errors;
    private Mode mode = Mode.unmerged();

    /** What a step's weights were, and whose rows went through them. */
    private enum Kind {
        UNMERGED,
        MERGED,
        MIXED;

        static Kind of(RecordedStep step) {
            return switch (step.decision().mode()) {
                case Mode.Unmerged() -> UNMERGED;
                case Mode.Merged _ -> step.correctedRows() == 0 ? MERGED : MIXED;
            };
        }
    }

    SchedulingMeters(MeterRegistry registry, String replica) {
        var tags = Tags.of("replica", replica);
        for (var kind : Kind.values()) {
            steps.put(
                    kind,
                    Timer.builder("dlora.step")
                            .description("Steps and their time by mode")
                            .tags(tags.and("mode", kind.name().toLowerCase(Locale.ROOT)))
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
                DistributionSummary.builder("dlora.step.error")
                        .description(
                                "Difference of a step's time and its prediction, over its time")
                        .serviceLevelObjectives(ERRORS)
                        .tags(tags)
                        .register(registry);
    }

    void ran(RecordedStep step) {
        var decision = step.decision();
        var timer = steps.get(Kind.of(step));
        if (timer != null) {
            timer.record(Duration.ofNanos((long) (1e9 * step.seconds())));
        }
        if (!decision.mode().equals(mode)) {
            mode = decision.mode();
            switches.increment();
        }
        if (!Double.isNaN(decision.step()) && step.seconds() > 0) {
            predicted.increment(decision.step());
            errors.record(Math.abs(decision.step() - step.seconds()) / step.seconds());
        }
    }
}

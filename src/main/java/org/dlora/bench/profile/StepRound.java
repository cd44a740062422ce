package org.dlora.bench.profile;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Steps of one kind between two measurements of the machine.
 *
 * @param roofline of the machine meanwhile
 */
record StepRound(Roofline roofline, List<Step> steps) {
    StepRound {
        steps = List.copyOf(steps);
    }

    /** The operations of all steps that are {@code wanted} by name, as one. */
    Tally total(Predicate<String> wanted) {
        return steps.stream().map(step -> step.total(wanted)).reduce(Tally.NONE, Tally::plus);
    }

    /** Their least possible time in seconds. */
    double least(Predicate<String> wanted) {
        return roofline.seconds(total(wanted).cost());
    }

    /**
     * Of each step that has such operations, their least possible time over {@code seconds} of it.
     */
    DoubleStream shares(Predicate<String> wanted, ToDoubleFunction<Step> seconds) {
        return steps.stream()
                .filter(step -> step.operations().keySet().stream().anyMatch(wanted))
                .mapToDouble(step ->
                        roofline.seconds(step.total(wanted).cost()) / seconds.applyAsDouble(step));
    }
}

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
record StepRound(Roofline roofline, List<ProfiledStep> steps) {
    StepRound {
        steps = List.copyOf(steps);
    }

    /** Returns the sum of all steps' operations whose names are {@code wanted}. */
    Tally total(Predicate<String> wanted) {
        return steps.stream().map(step -> step.total(wanted)).reduce(Tally.NONE, Tally::plus);
    }

    /** Returns the least possible time of the {@code wanted} operations, in seconds. */
    double least(Predicate<String> wanted) {
        return roofline.seconds(total(wanted).cost());
    }

    /**
     * Returns, for each step that has {@code wanted} operations, their least possible time over its
     * {@code seconds}.
     */
    DoubleStream shares(Predicate<String> wanted, ToDoubleFunction<ProfiledStep> seconds) {
        return steps.stream()
                .filter(step -> step.operations().keySet().stream().anyMatch(wanted))
                .mapToDouble(step ->
                        roofline.seconds(step.total(wanted).cost()) / seconds.applyAsDouble(step));
    }
}

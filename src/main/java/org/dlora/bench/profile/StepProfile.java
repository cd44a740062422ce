package org.dlora.bench.profile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The steps of one kind.
 *
 * @param title what the steps did
 * @param rows token rows of each
 * @param steps seconds of each
 * @param operations of all steps together, in the order of their first calls
 */
public record StepProfile(
        String title, int rows, List<Double> steps, Map<String, Tally> operations) {
    private static final String LINEAR = "linear";

    public StepProfile {
        if (steps.isEmpty()) {
            throw new IllegalStateException("No step of %d rows ran".formatted(rows));
        }
        steps = List.copyOf(steps);
        operations = Collections.unmodifiableMap(new LinkedHashMap<>(operations));
    }

    /** Seconds of all steps. */
    double seconds() {
        return steps.stream().mapToDouble(Double::doubleValue).sum();
    }

    double medianSeconds() {
        var sorted = steps.stream().sorted().toList();
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }

    /** Of the median step. */
    double tokensPerSecond() {
        return rows / medianSeconds();
    }

    /** What was no operation: planning, sampling, the events of tokens. */
    double restSeconds() {
        return Math.max(0, seconds() - all().seconds());
    }

    /** The least possible time of the linear layers over the time that they took. */
    double linearShare(Roofline roofline) {
        var linear =
                operations.entrySet().stream()
                        .filter(operation -> operation.getKey().startsWith(LINEAR))
                        .map(Map.Entry::getValue)
                        .reduce(Tally.NONE, Tally::plus);
        return roofline.seconds(linear.cost()) / linear.seconds();
    }

    /** The least possible time of all operations over the time of the steps. */
    double stepShare(Roofline roofline) {
        return roofline.seconds(all().cost()) / seconds();
    }

    private Tally all() {
        return operations.values().stream().reduce(Tally.NONE, Tally::plus);
    }
}

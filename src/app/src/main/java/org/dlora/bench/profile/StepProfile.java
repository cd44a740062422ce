package org.dlora.bench.profile;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;

/**
 * The profiled steps of one kind.
 *
 * @param title name of the kind
 * @param rows token rows of each
 * @param rounds in which they ran
 */
record StepProfile(String title, int rows, List<StepRound> rounds) {
    StepProfile {
        rounds = List.copyOf(rounds);
        if (rounds.stream().allMatch(round -> round.steps().isEmpty())) {
            throw new IllegalStateException("No step of %d rows ran".formatted(rows));
        }
    }

    List<ProfiledStep> steps() {
        return rounds.stream().flatMap(round -> round.steps().stream()).toList();
    }

    /** Returns the seconds of all steps together. */
    double seconds() {
        return steps().stream().mapToDouble(ProfiledStep::seconds).sum();
    }

    double medianSeconds() {
        return median(steps().stream().mapToDouble(ProfiledStep::seconds));
    }

    /** Returns the median of the seconds that {@code operation} takes in a step. */
    double medianSeconds(String operation) {
        return median(
                steps().stream().mapToDouble(step -> step.total(operation::equals).seconds()));
    }

    private static double median(DoubleStream values) {
        var sorted = values.sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** Returns the tokens per second of the median step. */
    double tokensPerSecond() {
        return rows / medianSeconds();
    }

    /** Returns the operations of all steps, in the order of their first calls. */
    Map<String, Tally> operations() {
        var operations = new LinkedHashMap<String, Tally>();
        for (var step : steps()) {
            step.operations().forEach((name, tally) -> operations.merge(name, tally, Tally::plus));
        }
        return operations;
    }

    /** Returns the seconds outside all operations: planning and the events of tokens. */
    double restSeconds() {
        return Math.max(0, seconds() - measured(_ -> true));
    }

    /** Returns the least possible time of an operation over the time that it took. */
    double share(String operation) {
        return share(operation::equals);
    }

    /** Returns the least possible time of the linear layers over the time that they took. */
    double linearShare() {
        return share(StepProfile::isLinear);
    }

    /** Returns the least possible time of all operations over the time of the steps. */
    double stepShare() {
        return least(_ -> true) / seconds();
    }

    /** Returns {@link #share} of the median step, in which the machine was not taken away. */
    double medianShare(String operation) {
        return medianShare(operation::equals);
    }

    /** Returns {@link #linearShare} of the median step. */
    double medianLinearShare() {
        return medianShare(StepProfile::isLinear);
    }

    /** Returns {@link #stepShare} of the median step. */
    double medianStepShare() {
        return median(
                rounds.stream()
                        .flatMapToDouble(round -> round.shares(_ -> true, ProfiledStep::seconds)));
    }

    private double medianShare(Predicate<String> wanted) {
        return median(
                rounds.stream()
                        .flatMapToDouble(round ->
                                round.shares(wanted, step -> step.total(wanted).seconds())));
    }

    private static boolean isLinear(String operation) {
        return operation.startsWith("linear");
    }

    private double share(Predicate<String> wanted) {
        return least(wanted) / measured(wanted);
    }

    private double least(Predicate<String> wanted) {
        return rounds.stream().mapToDouble(round -> round.least(wanted)).sum();
    }

    private double measured(Predicate<String> wanted) {
        return rounds.stream().mapToDouble(round -> round.total(wanted).seconds()).sum();
    }
}

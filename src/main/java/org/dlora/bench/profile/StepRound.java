package org.dlora.bench.profile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Steps of one kind between two measurements of the machine.
 *
 * @param roofline of the machine meanwhile
 * @param steps seconds of each
 * @param operations of all steps together, in the order of their first calls
 */
record StepRound(Roofline roofline, List<Double> steps, Map<String, Tally> operations) {
    StepRound {
        steps = List.copyOf(steps);
        operations = Collections.unmodifiableMap(new LinkedHashMap<>(operations));
    }

    /** The operations that are {@code wanted} by name, as one. */
    Tally total(Predicate<String> wanted) {
        return operations.entrySet().stream()
                .filter(operation -> wanted.test(operation.getKey()))
                .map(Map.Entry::getValue)
                .reduce(Tally.NONE, Tally::plus);
    }

    /** Their least possible time in seconds. */
    double least(Predicate<String> wanted) {
        return roofline.seconds(total(wanted).cost());
    }
}

package org.dlora.bench.profile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * One profiled step.
 *
 * @param seconds from its first operation to that of the next one
 * @param operations in the order of their first calls
 */
record ProfiledStep(double seconds, Map<String, Tally> operations) {
    ProfiledStep {
        operations = Collections.unmodifiableMap(new LinkedHashMap<>(operations));
    }

    /** Returns the sum of the operations whose names are {@code wanted}. */
    Tally total(Predicate<String> wanted) {
        return operations.entrySet().stream()
                .filter(operation -> wanted.test(operation.getKey()))
                .map(Map.Entry::getValue)
                .reduce(Tally.NONE, Tally::plus);
    }
}

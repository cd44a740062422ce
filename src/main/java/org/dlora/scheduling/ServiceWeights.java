package org.dlora.scheduling;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How much service models get beside others that have work: one of weight 2 twice as much as one of
 * weight 1, which is everybody's unless asked for. They last while an adapter is loaded anew under
 * its name.
 *
 * @param byName by the adapter's name; the empty string is the base model's
 */
public record ServiceWeights(Map<String, Double> byName) {
    /** All get the same. */
    public static final ServiceWeights EQUAL = new ServiceWeights(Map.of());

    private static final double LEAST = 0.01;
    private static final double MOST = 100;

    public ServiceWeights {
        byName.forEach(ServiceWeights::check);
        var others = new TreeMap<>(byName);
        others.values().removeIf(weight -> weight == 1);
        byName = Collections.unmodifiableMap(others);
    }

    // The bounds of what others wait for grow with the ratio of weights.
    private static void check(String name, double weight) {
        if (!(weight >= LEAST && weight <= MOST)) {
            throw new IllegalArgumentException(
                    "The weight of %s is %s: expected a number from %s to %s"
                            .formatted(
                                    name.isEmpty() ? "the base model" : "'" + name + "'",
                                    weight,
                                    LEAST,
                                    MOST));
        }
    }

    /** Of the adapter called so, or of the base model, whose name is empty. */
    public double of(String name) {
        return byName.getOrDefault(name, 1.0);
    }

    /** These, but for those that {@code changed} names. */
    public ServiceWeights with(Map<String, Double> changed) {
        var all = new TreeMap<>(byName);
        all.putAll(changed);
        return new ServiceWeights(all);
    }
}

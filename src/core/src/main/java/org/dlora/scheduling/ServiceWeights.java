package org.dlora.scheduling;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The relative service of models that are backlogged. A model of weight 2 gets twice the service of
 * a model of weight 1, the default. Weights stay when an adapter is loaded again under its name.
 *
 * @param byName weight by the adapter's name; the empty string is the base model's
 */
public record ServiceWeights(Map<String, Double> byName) {
    /** Weights under which all models get the same service. */
    public static final ServiceWeights EQUAL = new ServiceWeights(Map.of());

    private static final double LEAST = 0.01;
    private static final double MOST = 100;

    public ServiceWeights {
        byName.forEach(ServiceWeights::check);
        var others = new TreeMap<>(byName);
        others.values().removeIf(weight -> weight == 1);
        byName = Collections.unmodifiableMap(others);
    }

    // The bounds of waits grow with the ratio of weights.
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

    /**
     * Returns the weight of the adapter {@code name}, or of the base model, whose name is empty.
     */
    public double of(String name) {
        return byName.getOrDefault(name, 1.0);
    }

    /** Returns these weights with {@code changed} applied. */
    public ServiceWeights with(Map<String, Double> changed) {
        var all = new TreeMap<>(byName);
        all.putAll(changed);
        return new ServiceWeights(all);
    }
}

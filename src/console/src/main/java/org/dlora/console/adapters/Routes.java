package org.dlora.console.adapters;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Routes of aliases in words. */
final class Routes {
    private Routes() {}

    /** Returns {@code v3}, or {@code v3 90 %, v4 10 %}. */
    static String words(Map<Integer, Integer> weights) {
        double total = weights.values().stream().mapToLong(Integer::longValue).sum();
        return weights.size() == 1
                ? "v" + weights.keySet().iterator().next()
                : new TreeMap<>(weights)
                        .entrySet().stream()
                                .map(one ->
                                        "v%d %s\u00a0%%"
                                                .formatted(
                                                        one.getKey(),
                                                        percent(100 * one.getValue() / total)))
                                .collect(Collectors.joining(", "));
    }

    private static String percent(double share) {
        return share >= 1 || share == 0
                ? String.valueOf(Math.round(share))
                : String.format(Locale.ROOT, "%.2g", share);
    }
}

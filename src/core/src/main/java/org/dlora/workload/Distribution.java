package org.dlora.workload;

import java.util.Arrays;

/** Mean and percentiles of measured values. */
public record Distribution(double mean, double p50, double p90, double p99) {

    /**
     * Returns the distribution of {@code values}. A percentile lies on the line between its two
     * nearest values, the least being 0 % and the greatest 100 % (method 7 of Hyndman &amp; Fan
     * 1996).
     *
     * @param values at least one, in any order
     */
    public static Distribution of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values: expected at least one");
        }
        var sorted = values.clone();
        Arrays.sort(sorted);
        double mean = Arrays.stream(sorted).average().orElseThrow();
        return new Distribution(
                mean, percentile(sorted, 50), percentile(sorted, 90), percentile(sorted, 99));
    }

    private static double percentile(double[] sorted, int percent) {
        double place = percent / 100.0 * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}

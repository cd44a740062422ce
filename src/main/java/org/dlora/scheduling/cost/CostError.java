package org.dlora.scheduling.cost;

import java.util.Arrays;

/**
 * How far predictions were off lately: |predicted - actual| / actual, of predictions that were made
 * before the actual time was known. Immutable.
 */
public final class CostError {
    private static final int LATELY = 256;
    static final CostError NONE = new CostError(new double[0], 0);

    private final double[] errors;
    private final int next;

    private CostError(double[] errors, int next) {
        this.errors = errors;
        this.next = next;
    }

    CostError plus(double error) {
        if (errors.length < LATELY) {
            var longer = Arrays.copyOf(errors, errors.length + 1);
            longer[errors.length] = error;
            return new CostError(longer, 0);
        }
        var changed = errors.clone();
        changed[next] = error;
        return new CostError(changed, (next + 1) % LATELY);
    }

    /** Predictions that this is about. */
    public int count() {
        return errors.length;
    }

    /** NaN without any. */
    public double median() {
        return quantile(0.5);
    }

    /** NaN without any. */
    public double p90() {
        return quantile(0.9);
    }

    private double quantile(double share) {
        if (errors.length == 0) {
            return Double.NaN;
        }
        var sorted = errors.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }
}

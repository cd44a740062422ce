package org.dlora.scheduling.cost;

import java.util.Arrays;

/**
 * The relative error of recent predictions: |predicted - measured| / measured. Each prediction was
 * made before its measurement. Immutable.
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

    /** Returns the number of predictions. */
    public int count() {
        return errors.length;
    }

    /** Returns the median error, NaN without predictions. */
    public double median() {
        return quantile(0.5);
    }

    /** Returns the error that nine in ten predictions keep within, NaN without predictions. */
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

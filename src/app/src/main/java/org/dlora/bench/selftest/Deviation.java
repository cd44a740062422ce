package org.dlora.bench.selftest;

/**
 * The difference of a device's result from the expected one.
 *
 * @param place of the result, in words
 * @param allowed largest error that counts as rounding
 */
record Deviation(String place, float actual, float expected, double allowed) {

    double error() {
        return Math.abs((double) actual - expected);
    }

    /** Returns the error over the allowed one; infinite where no error is allowed. */
    double ratio() {
        return ratio(actual, expected, allowed);
    }

    static double ratio(float actual, float expected, double allowed) {
        if (actual == expected) {
            return 0;
        }
        double ratio = Math.abs((double) actual - expected) / allowed;
        return Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
    }

    boolean isAllowed() {
        return ratio() <= 1;
    }

    @Override
    public String toString() {
        return "%s is %s, expected %s to within %.1e".formatted(place, actual, expected, allowed);
    }
}

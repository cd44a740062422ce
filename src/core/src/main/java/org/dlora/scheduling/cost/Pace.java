package org.dlora.scheduling.cost;

import java.util.Arrays;

/**
 * The present ratio of measured to predicted seconds: the median over the last samples. A single
 * pause does not move it, however long it was. A machine that has become slower or faster moves it
 * after half of the samples. Immutable.
 */
final class Pace {
    private static final int SAMPLES = 7;

    private final double[] ratios; // the oldest first
    private final double median;

    private Pace(double[] ratios) {
        this.ratios = ratios;
        var sorted = ratios.clone();
        Arrays.sort(sorted);
        median = sorted[SAMPLES / 2];
    }

    /** Returns the pace after samples that all had {@code ratio}. */
    static Pace of(double ratio) {
        var ratios = new double[SAMPLES];
        Arrays.fill(ratios, ratio);
        return new Pace(ratios);
    }

    /**
     * Returns the pace after one more sample.
     *
     * @param ratio measured over predicted seconds, above 0
     */
    Pace plus(double ratio) {
        var later = Arrays.copyOfRange(ratios, 1, SAMPLES + 1);
        later[SAMPLES - 1] = ratio;
        return new Pace(later);
    }

    double value() {
        return median;
    }
}

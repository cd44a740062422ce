package org.dlora.scheduling.cost;

import java.util.Arrays;

/**
 * How much slower than foreseen all is at present: the median of what the last samples took over
 * what was foreseen. So a pause does not move it, however long it was, and a machine that has
 * become slower or faster does after half of the samples. Immutable.
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

    /** As if all samples had been so. */
    static Pace of(double ratio) {
        var ratios = new double[SAMPLES];
        Arrays.fill(ratios, ratio);
        return new Pace(ratios);
    }

    /**
     * @param ratio actual time over the one that was foreseen, above 0
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

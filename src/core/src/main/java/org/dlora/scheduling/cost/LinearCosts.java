package org.dlora.scheduling.cost;

import java.util.List;

/**
 * A linear cost model: seconds as a sum of features with nonnegative factors, times a pace. The
 * {@linkplain Pace pace} follows within a few samples what slows all steps at once, such as
 * neighbours on the machine. Errors are relative to the measured time, as short steps would not
 * count beside long ones otherwise. Immutable.
 *
 * <p>The factors follow the residual, and a part of the pace. So a pace that lasts becomes one of
 * the factors of these steps, and returns to 1. Otherwise pace and factors of the same steps could
 * drift apart without a change of their product, and other steps would be predicted by the pace
 * alone: 30 times too long where steps are short and the machine is busy.
 */
final class LinearCosts {
    private static final int SWEEPS_OF_FIT = 4000;
    private static final int SWEEPS_OF_UPDATE = 30;

    /** Number of samples whose weight the calibration has at most. */
    private static final double CALIBRATION_WEIGHT = 20;

    /** Share of its weight that a sample keeps with each later one. */
    private static final double KEEP = 0.98;

    /** Part of the pace that the factors learn of each sample, as an exponent. */
    private static final double LEARNED_PACE = 0.5;

    /** Relative error beyond which a sample weighs less: pauses are no property of steps. */
    private static final double TRUSTED_ERROR = 0.3;

    private static final double TINY = 1e-9;

    /**
     * Largest ratio of measured to predicted seconds, or of predicted to measured ones, that counts
     * as a pace. Where the factors of a sample's features are almost 0, its ratio says nothing of
     * the machine; a pace of it would spoil the predictions of all other steps.
     */
    private static final double MOST_PACE = 64;

    private final NormalEquations calibration;
    private final NormalEquations recent;
    private final double[] factors;
    private final Pace pace;

    /** The features of a sample and its measured seconds. */
    record Sample(double[] features, double seconds) {}

    private LinearCosts(
            NormalEquations calibration, NormalEquations recent, double[] factors, Pace pace) {
        this.pace = pace;
        this.calibration = calibration;
        this.recent = recent;
        this.factors = factors;
    }

    static LinearCosts fit(int features, List<Sample> samples) {
        var factors = new double[features];
        var none = NormalEquations.none(features);
        var sums = none;
        // Later rounds give samples with a large residual less weight.
        for (int round = 0; round < 3; round++) {
            sums = none;
            for (var sample : samples) {
                double weight = round == 0 ? 1 : trust(sample, factors);
                sums = sums.plus(1, relative(sample), 1, weight);
            }
            factors = sums.solve(factors, SWEEPS_OF_FIT);
        }
        double weight = CALIBRATION_WEIGHT / Math.max(CALIBRATION_WEIGHT, samples.size());
        return new LinearCosts(sums.scaled(weight), none, factors, Pace.of(1));
    }

    double seconds(double[] features) {
        return pace.value() * seconds(features, factors);
    }

    /** Returns these costs corrected by a measured step or merge. */
    LinearCosts plus(Sample sample) {
        var followed = followed(sample);
        var learned = learned(sample, followed.value());
        var sums = recent.plus(KEEP, relative(learned), 1, trust(learned, factors));
        return new LinearCosts(
                calibration,
                sums,
                calibration.and(sums).solve(factors, SWEEPS_OF_UPDATE),
                followed);
    }

    private Pace followed(Sample sample) {
        double ratio = sample.seconds() / unpaced(sample);
        return ratio > MOST_PACE || ratio < 1 / MOST_PACE ? pace : pace.plus(ratio);
    }

    /** Returns the factors' update by a sample. */
    private static Sample learned(Sample sample, double paced) {
        return new Sample(sample.features(), sample.seconds() / Math.pow(paced, 1 - LEARNED_PACE));
    }

    /** Returns these costs with the pace at which {@code sample} is predicted as measured. */
    LinearCosts scaledTo(Sample sample) {
        return new LinearCosts(
                calibration, recent, factors, Pace.of(sample.seconds() / unpaced(sample)));
    }

    private double unpaced(Sample sample) {
        return Math.max(TINY, seconds(sample.features(), factors));
    }

    /** Returns |predicted - measured| / measured. */
    double error(Sample sample) {
        return Math.abs(seconds(sample.features()) / sample.seconds() - 1);
    }

    private static double error(Sample sample, double[] factors) {
        return Math.abs(seconds(sample.features(), factors) / sample.seconds() - 1);
    }

    private static double trust(Sample sample, double[] factors) {
        return Math.min(1, TRUSTED_ERROR / Math.max(TRUSTED_ERROR, error(sample, factors)));
    }

    private static double[] relative(Sample sample) {
        var row = sample.features().clone();
        for (int i = 0; i < row.length; i++) {
            row[i] /= sample.seconds();
        }
        return row;
    }

    private static double seconds(double[] features, double[] factors) {
        double seconds = 0;
        for (int i = 0; i < features.length; i++) {
            seconds += features[i] * factors[i];
        }
        return seconds;
    }
}

package org.dlora.scheduling.cost;

import java.util.List;

/**
 * Seconds as a sum of features with factors that are not negative, times a pace. The pace follows
 * what makes all slower or faster at once, such as neighbours on the machine, within a few samples;
 * the factors follow the rest. Errors count relative to the time, or short steps would be nothing
 * beside long ones. Immutable.
 */
final class LinearCosts {
    private static final int SWEEPS_OF_FIT = 4000;
    private static final int SWEEPS_OF_UPDATE = 30;

    /** Samples that the calibration weighs as much as, however many it had. */
    private static final double CALIBRATION_WEIGHT = 20;

    /** What a sample keeps of its weight with each later one. */
    private static final double KEEP = 0.98;

    /** A relative error beyond which a sample pulls no harder: pauses are no property of steps. */
    private static final double TRUSTED_ERROR = 0.3;

    private static final double TINY = 1e-9;

    private final NormalEquations calibration;
    private final NormalEquations recent;
    private final double[] factors;
    private final Pace pace;

    /** Features and the seconds that were measured with them. */
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
        // Again with less weight for those that are far off.
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

    /** Corrected by what a step or merge took. */
    LinearCosts plus(Sample sample) {
        var followed = pace.plus(sample.seconds() / unpaced(sample));
        var paced = new Sample(sample.features(), sample.seconds() / followed.value());
        var sums = recent.plus(KEEP, relative(paced), 1, trust(paced, factors));
        return new LinearCosts(
                calibration,
                sums,
                calibration.and(sums).solve(factors, SWEEPS_OF_UPDATE),
                followed);
    }

    /** With the pace by which {@code sample} is predicted as it was. */
    LinearCosts scaledTo(Sample sample) {
        return new LinearCosts(
                calibration, recent, factors, Pace.of(sample.seconds() / unpaced(sample)));
    }

    private double unpaced(Sample sample) {
        return Math.max(TINY, seconds(sample.features(), factors));
    }

    /** |predicted - actual| / actual */
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

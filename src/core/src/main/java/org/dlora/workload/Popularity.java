package org.dlora.workload;

import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;

/** The share of requests that each of n models gets. */
public final class Popularity {
    /** Sums of the shares up to and with each model; the last is 1. */
    private final double[] cumulated;

    private Popularity(double[] cumulated) {
        this.cumulated = cumulated;
    }

    /**
     * Returns shares by Zipf's law: the i-th model's is proportional to {@code 1 / i^exponent}.
     *
     * @param models number of models, at least 1
     * @param exponent 0 = uniform
     */
    public static Popularity zipf(int models, double exponent) {
        if (models < 1 || !(exponent >= 0) || exponent == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "%d models with exponent %s: expected at least 1 model and an exponent of at least 0"
                            .formatted(models, exponent));
        }
        return of(models, i -> Math.pow(i + 1.0, -exponent));
    }

    /**
     * Returns shares in which the first model is requested {@code times} as often as each of the
     * others.
     *
     * @param models number of models, at least 1
     * @param times above 0
     */
    public static Popularity hot(int models, double times) {
        if (models < 1 || !(times > 0) || times == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "%d models, the first asked for %s times as often: expected at least 1 model and a number above 0"
                            .formatted(models, times));
        }
        return of(models, i -> i == 0 ? times : 1);
    }

    private static Popularity of(int models, IntToDoubleFunction weight) {
        var cumulated = new double[models];
        double sum = 0;
        for (int i = 0; i < models; i++) {
            sum += weight.applyAsDouble(i);
            cumulated[i] = sum;
        }
        for (int i = 0; i < models; i++) {
            cumulated[i] /= sum;
        }
        return new Popularity(cumulated);
    }

    /** Returns the share of requests that model {@code i}, counted from 0, gets. */
    public double share(int i) {
        return i == 0 ? cumulated[0] : cumulated[i] - cumulated[i - 1];
    }

    /** Draws a model, counted from 0. */
    public int next(RandomGenerator random) {
        double drawn = random.nextDouble();
        int i = 0;
        while (i < cumulated.length - 1 && drawn >= cumulated[i]) {
            i++;
        }
        return i;
    }
}

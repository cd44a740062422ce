package org.dlora.workload;

import java.util.random.RandomGenerator;

/** The arrival times of requests, in seconds after the start, ascending. */
public final class Arrivals {
    private final double rate;
    private final RandomGenerator random;
    private double clock;

    private Arrivals(double rate, RandomGenerator random) {
        this.rate = rate;
        this.random = random;
    }

    /**
     * Returns a Poisson process: its gaps are exponential and independent.
     *
     * @param rate requests per second; 0 = all at the start, as in a closed loop
     */
    public static Arrivals poisson(double rate, RandomGenerator random) {
        if (!(rate >= 0) || rate == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "rate is %s: expected requests per second, 0 for all at once".formatted(rate));
        }
        return new Arrivals(rate, random);
    }

    /** Returns the time of the next arrival. */
    public double next() {
        if (rate > 0) {
            clock += random.nextExponential() / rate;
        }
        return clock;
    }
}

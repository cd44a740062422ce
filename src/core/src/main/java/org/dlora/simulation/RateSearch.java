package org.dlora.simulation;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleFunction;

/**
 * Search for the highest rate at which requests take at most a limit of seconds per token on
 * average: by doubling or halving to a bracket, then by geometric bisection.
 */
final class RateSearch {
    /** Ratio of the bracket's ends at which the search ends. */
    private static final double PRECISION = 1.05;

    /** Least rate that is tried, in requests per second. */
    private static final double LEAST = 0.01;

    private final DoubleFunction<RunReport> runner;
    private final double limit;
    private final Map<Double, RunReport> runs = new TreeMap<>();

    /**
     * @param runner runs the arm at a rate
     * @param limit seconds per token
     */
    RateSearch(DoubleFunction<RunReport> runner, double limit) {
        this.runner = runner;
        this.limit = limit;
    }

    /** Returns the runs so far by their rates. */
    Map<Double, RunReport> runs() {
        return runs;
    }

    /** Returns the run at a rate. */
    RunReport at(double rate) {
        return runs.computeIfAbsent(rate, runner::apply);
    }

    /**
     * Returns the highest rate found that is sustained, in requests per second; 0 if none is.
     *
     * @param start first rate that is tried
     */
    double sustained(double start) {
        double low = start;
        while (low >= LEAST && !isSustained(low)) {
            low /= 2;
        }
        if (low < LEAST) {
            return 0;
        }
        double high = 2 * low;
        while (isSustained(high)) {
            low = high;
            high *= 2;
        }
        while (high > PRECISION * low) {
            double middle = Math.sqrt(low * high);
            if (isSustained(middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private boolean isSustained(double rate) {
        return at(rate).secondsPerToken().mean() <= limit;
    }
}

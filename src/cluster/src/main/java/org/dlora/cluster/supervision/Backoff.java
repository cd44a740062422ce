package org.dlora.cluster.supervision;

/**
 * Pauses before the attempts to restart a replica: each twice as long as the one before.
 *
 * @param first seconds of the first pause
 * @param most seconds of the longest pause
 * @param healthy seconds of serving after which the pauses begin with the first again
 */
record Backoff(double first, double most, double healthy) {
    static final Backoff DEFAULT = new Backoff(1, 60, 600);

    /** Returns the seconds of the pause before attempt {@code number}, which counts from 1. */
    double pause(int number) {
        return Math.min(most, first * Math.pow(2, number - 1));
    }
}

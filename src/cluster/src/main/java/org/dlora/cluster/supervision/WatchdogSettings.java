package org.dlora.cluster.supervision;

/**
 * Limits of a turn of a replica's loop. A turn that lasts longer hangs, unless its thread is slow:
 * see {@link HangCheck}.
 *
 * @param minimum seconds that every turn may last
 * @param factor how many times its predicted seconds a step may last
 * @param maximum seconds that no turn may exceed, whatever was predicted: predictions follow
 *     measured times, and erratic ones can carry them far away
 */
public record WatchdogSettings(double minimum, double factor, double maximum) {
    /** Turns of the least limit that beginning anew and warming up may take. */
    private static final double WARM_UP = 10;

    /** Times that a thread must use the processor within the least limit of a turn. */
    private static final double STILL = 3;

    public WatchdogSettings {
        if (!(minimum > 0) || !(factor >= 1) || !(maximum >= minimum)) {
            throw new IllegalArgumentException(
                    "A turn may last %s s and %s times the prediction, but no more than %s s: expected above 0, at least 1, and at least the first"
                            .formatted(minimum, factor, maximum));
        }
    }

    /** Returns the seconds that beginning anew may last, its warm-up included. */
    double beginning() {
        return WARM_UP * minimum;
    }

    /** Returns the seconds without processor time after which a thread makes no progress. */
    double still() {
        return minimum / STILL;
    }

    /**
     * Returns the seconds that a turn may last.
     *
     * @param predicted seconds of its step, NaN if unknown
     */
    double limit(double predicted) {
        return Double.isNaN(predicted) ? minimum : Math.clamp(factor * predicted, minimum, maximum);
    }
}

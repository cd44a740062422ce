package org.dlora.cluster.supervision;

/**
 * Limits of a turn of a replica's loop. A turn that lasts longer hangs.
 *
 * @param minimum seconds that every turn may last
 * @param factor how many times its predicted seconds a step may last
 */
public record WatchdogSettings(double minimum, double factor) {
    /** Turns of the least limit that beginning anew and warming up may take. */
    private static final double WARM_UP = 10;

    public WatchdogSettings {
        if (!(minimum > 0) || !(factor >= 1)) {
            throw new IllegalArgumentException(
                    "A turn may last %s s and %s times the prediction: expected above 0, and at least 1"
                            .formatted(minimum, factor));
        }
    }

    /** Returns the seconds that beginning anew may last, its warm-up included. */
    double beginning() {
        return WARM_UP * minimum;
    }

    /**
     * Returns the seconds that a turn may last.
     *
     * @param predicted seconds of its step, NaN if unknown
     */
    double limit(double predicted) {
        return Double.isNaN(predicted) ? minimum : Math.max(minimum, factor * predicted);
    }
}

package org.dlora.cluster.supervision;

/**
 * Stopwatch that is looked at again and again. A look counts for a second at most: time in which
 * the whole process was stopped does not count.
 */
final class Stopwatch {
    /** Seconds that one look counts for at most. */
    private static final double MOST = 1;

    private double lastLook;
    private double seconds;

    /** Starts it. */
    Stopwatch(double now) {
        lastLook = now;
    }

    /** Looks at it, and returns the seconds that have passed, as far as they were seen. */
    double seconds(double now) {
        seconds += Math.min(MOST, now - lastLook);
        lastLook = now;
        return seconds;
    }

    /** Returns the seconds that had passed at the last look. */
    double seconds() {
        return seconds;
    }
}

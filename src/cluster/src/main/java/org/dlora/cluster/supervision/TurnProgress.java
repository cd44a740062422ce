package org.dlora.cluster.supervision;

/**
 * Processor time that the thread of a replica uses in a turn. A thread that waits for something
 * that never comes uses none. One that is slow, on a machine where many threads compete, uses some
 * again and again.
 */
final class TurnProgress {
    private final double first;
    private double last;
    private double lastAt;

    /**
     * @param processor seconds that the thread had used when the turn was first seen; NaN if
     *     unknown
     */
    TurnProgress(double processor) {
        first = processor;
        last = processor;
    }

    /**
     * Looks at the thread.
     *
     * @param turn seconds of the turn
     */
    void look(double processor, double turn) {
        if (processor > last) {
            last = processor;
            lastAt = turn;
        }
    }

    /** Returns the seconds of the processor that the turn has used; 0 if unknown. */
    double used() {
        return last > first ? last - first : 0;
    }

    /** Returns the seconds of the turn that have passed since it last used the processor. */
    double still(double turn) {
        return turn - lastAt;
    }
}

package org.dlora.scheduling.residency;

/**
 * Rule of the processors that loads use while requests run. A thread team waits for its slowest
 * worker, so loads on a busy processor slow streams by their share of it; loads on a processor that
 * would be idle do not.
 */
public final class LoadShare {
    /** Processors that loads may always use, so that streams keep 90 % of their pace. */
    public static final double LEAST = 0.05;

    /** Idle processors that are left to what comes next. */
    private static final double SPARED = 0.5;

    private LoadShare() {}

    /**
     * Returns the processors that all loads together may use.
     *
     * @param idle processors that are idle, or that only loads use; NaN if that is not known
     */
    public static double of(double idle) {
        return Double.isNaN(idle) ? LEAST : Math.max(LEAST, idle - SPARED);
    }
}

package org.dlora.cluster.rebalance;

import org.jspecify.annotations.Nullable;

/**
 * Gain of a rebalancing plan: the seconds by which the load of the fullest replica shrinks. The
 * moves of the plan share it, so that each tells of it once it is measured. Thread-safe.
 */
public final class PlanGain {
    private final double planned;
    private volatile @Nullable Double measured;

    /**
     * @param planned seconds that the plan expects to gain
     */
    public PlanGain(double planned) {
        this.planned = planned;
    }

    /** Returns the seconds that the plan expects to gain. */
    public double planned() {
        return planned;
    }

    /** Returns the seconds that were gained; null until the moves of the plan have ended. */
    public @Nullable Double measured() {
        return measured;
    }

    /** Notes the seconds that were gained. */
    public void measured(double seconds) {
        measured = seconds;
    }
}

package org.dlora.scheduling;

/** Chooses what a replica runs next. Pure: the same snapshot gives the same plan. */
@FunctionalInterface
public interface BatchingPolicy {
    /**
     * Plans a step. The plan respects the snapshot's limits, and its blocks fit: free ones plus
     * those of preempted sequences cover what the running ones newly need. Empty only if there is
     * no unfinished sequence.
     */
    StepPlan plan(Snapshot snapshot);
}

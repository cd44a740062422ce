package org.dlora.scheduling;

import java.util.List;

/**
 * What the next step does.
 *
 * @param mode what the live weights hold during the step; {@link MergeView#isReady ready}
 * @param target what they are to hold as soon as that can be. If it is not ready, it is built
 *     beside serving, in place of whatever else is being built, for as long as plans say so: a plan
 *     with another target drops the build. The policy learns from {@link Snapshot#merge()} that it
 *     is ready, and only then plans in it
 * @param preempt sequences whose cache blocks are taken back before the step, to be recomputed
 *     later; never one of {@code run}
 * @param run sequences that take part; others keep what they have and wait
 */
public record StepPlan(Mode mode, Mode target, List<Long> preempt, List<Run> run) {

    /** Unmerged, and to stay so. */
    public StepPlan(List<Long> preempt, List<Run> run) {
        this(Mode.unmerged(), Mode.unmerged(), preempt, run);
    }

    /**
     * A sequence's share of the step.
     *
     * @param rows token rows of the sequence in this step, 1..pending
     */
    public record Run(long sequence, int rows) {}

    public StepPlan {
        preempt = List.copyOf(preempt);
        run = List.copyOf(run);
    }
}

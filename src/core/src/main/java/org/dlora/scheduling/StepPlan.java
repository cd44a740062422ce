package org.dlora.scheduling;

import java.util.List;

/**
 * The plan of the next step.
 *
 * @param mode mode of the live weights during the step; {@link MergeView#isReady ready}
 * @param target mode to reach as soon as possible. If it is not ready, it is built beside serving,
 *     in place of any other build, for as long as plans name it; a plan with another target drops
 *     the build. The policy learns from {@link Snapshot#merge()} that it is ready, and only then
 *     plans in it
 * @param preempt sequences whose cache blocks are taken back before the step, to be recomputed
 *     later; never one of {@code run}
 * @param run selected sequences; others keep their blocks and wait
 */
public record StepPlan(Mode mode, Mode target, List<Long> preempt, List<Run> run) {

    /** Creates a plan that runs unmerged and builds nothing. */
    public StepPlan(List<Long> preempt, List<Run> run) {
        this(Mode.unmerged(), Mode.unmerged(), preempt, run);
    }

    /**
     * The part of the step that one sequence runs.
     *
     * @param rows token rows of the sequence in this step, 1..pending
     */
    public record Run(long sequence, int rows) {}

    public StepPlan {
        preempt = List.copyOf(preempt);
        run = List.copyOf(run);
    }
}

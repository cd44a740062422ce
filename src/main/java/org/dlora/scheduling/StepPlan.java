package org.dlora.scheduling;

import java.util.List;

/**
 * What the next step does.
 *
 * @param preempt sequences whose cache blocks are taken back before the step, to be recomputed
 *     later; never one of {@code run}
 * @param run sequences that take part; others keep what they have and wait
 */
public record StepPlan(List<Long> preempt, List<Run> run) {

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

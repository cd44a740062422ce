package org.dlora.replica;

import org.dlora.replica.request.StepKind;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;

/**
 * A step that has run, with the decision behind it.
 *
 * @param number of the replica's steps, from 1
 * @param at seconds, on the clock of {@link org.dlora.scheduling.Snapshot#now}, when it was planned
 * @param seconds from its planning to its last token
 * @param sequences number of its sequences
 * @param rows token rows of all sequences
 * @param predicted predicted seconds, NaN if costs were unknown
 * @param shape shape that its cost depends on
 * @param correctedRows rows that went through the merged weights of another adapter
 */
public record RecordedStep(
        long number,
        double at,
        double seconds,
        double predicted,
        StepShape shape,
        int sequences,
        int rows,
        int correctedRows,
        StepDecision decision) {
    public StepKind kind() {
        return StepKind.of(decision.mode(), correctedRows);
    }

    static RecordedStep of(PlannedStep step, double seconds) {
        return new RecordedStep(
                step.number(),
                step.at(),
                seconds,
                step.predicted(),
                step.shape(),
                step.chunks().size(),
                step.rows(),
                step.correctedRows(),
                step.decision());
    }
}

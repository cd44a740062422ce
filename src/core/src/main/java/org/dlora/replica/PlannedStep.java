package org.dlora.replica;

import java.util.List;
import org.dlora.replica.request.StepKind;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;

/**
 * A step that is ready to run: the blocks of its rows are allocated.
 *
 * @param number of the replica's steps, from 1
 * @param at seconds, when it was planned
 * @param mode of the weights during the step
 * @param target mode to build for later steps
 * @param shape shape that its cost depends on
 * @param predicted seconds, NaN while the costs are unknown
 * @param decision the policy's decision, with its reasons
 * @param events events that planning has caused
 */
public record PlannedStep(
        long number,
        double at,
        List<Chunk> chunks,
        Mode mode,
        Mode target,
        StepShape shape,
        double predicted,
        StepDecision decision,
        List<ReplicaEvent> events) {
    public PlannedStep {
        chunks = List.copyOf(chunks);
        events = List.copyOf(events);
    }

    public int rows() {
        return chunks.stream().mapToInt(Chunk::rows).sum();
    }

    public StepKind kind() {
        return StepKind.of(mode, correctedRows());
    }

    /** Returns the rows of other models while an adapter is merged. */
    public int correctedRows() {
        return mode instanceof Mode.Merged
                ? chunks.stream()
                        .filter(chunk -> !mode.isMerged(chunk.adapter()))
                        .mapToInt(Chunk::rows)
                        .sum()
                : 0;
    }
}

package org.dlora.engine.step;

import java.util.List;
import org.dlora.device.RaggedBatch;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.replica.Chunk;

/**
 * A step as the model takes it.
 *
 * @param logitRows rows whose logits are wanted, ascending
 * @param parts one for each planned chunk, in the plan's order
 */
record StepBatch(RaggedBatch rows, AdapterGroups lora, int[] logitRows, List<Part> parts) {
    StepBatch {
        parts = List.copyOf(parts);
    }

    /**
     * The rows of one sequence.
     *
     * @param firstLogits index in {@code logitRows} of its first wanted row: those of the prompt's
     *     log-probabilities, then the row to sample from
     */
    record Part(Chunk chunk, RequestOutput output, int firstLogits) {
        /** Returns the index in {@code logitRows} of the row to sample from. */
        int sampledLogits() {
            return firstLogits + chunk.promptLogits();
        }
    }
}

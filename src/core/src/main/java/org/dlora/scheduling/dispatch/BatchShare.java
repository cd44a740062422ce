package org.dlora.scheduling.dispatch;

import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;

/**
 * The sequences of one adapter in a replica's next full batch.
 *
 * @param adapter its id
 * @param group its LoRA group in an unmerged decode step: a row for each sequence
 */
public record BatchShare(String adapter, StepShape.Group group) {
    public BatchShare(String adapter, LoraFacts lora, int sequences) {
        this(adapter, new StepShape.Group(lora, sequences));
    }

    int rows() {
        return group.rows();
    }
}

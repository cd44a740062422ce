package org.dlora.scheduling;

import java.util.List;

/**
 * What the time of a step follows from. In a mixed step the correction by the merged adapter is a
 * group too: its size, and the rows of all others.
 *
 * @param prefillRows rows of sequences that run several, or whose prompt is not done
 * @param decodeRows rows of sequences that run one
 * @param context positions that decode rows attend to, summed
 * @param prefillContext positions that prefill rows attend to, summed over rows
 * @param groups LoRA groups
 */
public record StepShape(
        int prefillRows, int decodeRows, long context, long prefillContext, List<Group> groups) {
    /** Rows that get one adapter's LoRA term. */
    public record Group(LoraFacts lora, int rows) {}

    public StepShape {
        groups = List.copyOf(groups);
    }

    public int rows() {
        return prefillRows + decodeRows;
    }
}

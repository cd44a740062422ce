package org.dlora.engine;

import java.util.List;
import org.dlora.device.RaggedBatch;
import org.dlora.scheduling.Mode;

/**
 * One step as the model takes it, and whose rows are whose.
 *
 * @param logitRows rows whose logits are wanted, ascending
 * @param shares in row order
 */
record StepBatch(
        RaggedBatch rows, AdapterGroups lora, List<Integer> logitRows, List<Share> shares) {
    StepBatch {
        logitRows = List.copyOf(logitRows);
        shares = List.copyOf(shares);
    }

    /**
     * A sequence's part.
     *
     * @param rows its next rows
     * @param firstLogits index in {@code logitRows} of its first: those of the prompt's
     *     log-probabilities, then the one to sample from
     */
    record Share(Sequence sequence, int rows, int firstLogits, int promptLogits, boolean samples) {}

    int[] logitRowArray() {
        return logitRows.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Rows of others while an adapter is merged. */
    int rowsBeside(Mode mode) {
        return mode instanceof Mode.Merged
                ? shares.stream()
                        .filter(share -> !mode.isMerged(share.sequence().adapter()))
                        .mapToInt(Share::rows)
                        .sum()
                : 0;
    }

    List<Sequence> sequences() {
        return shares.stream().map(Share::sequence).toList();
    }
}

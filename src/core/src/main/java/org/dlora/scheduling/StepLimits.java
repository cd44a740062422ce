package org.dlora.scheduling;

/**
 * The bounds of a step.
 *
 * @param maxBatch most sequences in a step
 * @param maxTokens most token rows in a step (prefill rows fill what decode rows leave)
 * @param blockTokens token positions in a cache block
 */
public record StepLimits(int maxBatch, int maxTokens, int blockTokens) {
    /**
     * Most rows of a step, beyond one for each sequence, whose logits may be wanted for the
     * log-probabilities of prompts. It bounds the memory of the logits.
     */
    public static final int PROMPT_LOGIT_ROWS = 32;

    public StepLimits {
        if (maxBatch < 1 || maxTokens < 1 || blockTokens < 1) {
            throw new IllegalArgumentException(
                    "A step needs at least 1 sequence, 1 row and 1 token per block, not %d, %d and %d"
                            .formatted(maxBatch, maxTokens, blockTokens));
        }
    }

    /** Returns the blocks that {@code tokens} positions need. */
    public int blocksFor(int tokens) {
        return Math.ceilDiv(tokens, blockTokens);
    }
}

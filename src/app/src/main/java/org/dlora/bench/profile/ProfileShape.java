package org.dlora.bench.profile;

import java.util.List;

/**
 * The shape of the steps to be profiled.
 *
 * @param promptTokens token rows of a prefill step, and the context at which decoding begins
 * @param outputTokens decode steps, in rounds
 * @param batch sequences of a decode step
 * @param adapters ids dealt out to the sequences in turn; empty: the base model alone
 */
public record ProfileShape(int promptTokens, int outputTokens, int batch, List<String> adapters) {
    static final int ROUNDS = 4;

    /** With fewer decode steps in a round, the time between rounds would weigh too much. */
    private static final int FEWEST_ROUND_TOKENS = 8;

    /** Bounds the buffers of activations. */
    private static final int MOST_STEP_ROWS = 4096;

    public ProfileShape {
        if (promptTokens < 1 || outputTokens < 1 || batch < 1) {
            throw new IllegalArgumentException(
                    "A profile needs at least 1 prompt token, 1 output token and 1 sequence, not %d, %d and %d"
                            .formatted(promptTokens, outputTokens, batch));
        }
        adapters = List.copyOf(adapters);
    }

    /** Returns the token rows that a step must hold: all prompts at once, up to a bound. */
    public int stepRows() {
        long all = (long) promptTokens * batch;
        return (int) Math.max(Math.max(promptTokens, 2 * batch), Math.min(all, MOST_STEP_ROWS));
    }

    /** Returns the tokens of a sequence at its end. */
    public int sequenceTokens() {
        return promptTokens + decodedTokens();
    }

    /**
     * Returns the tokens that a sequence decodes in a round. The first ones come while other
     * prompts still wait, then follow those of a round with all the others. One more ends the last
     * step.
     */
    int decodedTokens() {
        int beside = stepRows() - batch;
        int prefills = (int) Math.ceilDiv((long) promptTokens * batch, Math.max(1, beside));
        int round = Math.max(FEWEST_ROUND_TOKENS, Math.ceilDiv(outputTokens, ROUNDS));
        return prefills + round + 2;
    }
}

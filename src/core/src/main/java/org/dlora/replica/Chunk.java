package org.dlora.replica;

import org.dlora.scheduling.AdapterRef;

/**
 * The rows of one sequence in a step.
 *
 * @param sequence number of the sequence in its replica
 * @param request id of the sequence's request
 * @param firstPosition position of the first row
 * @param tokens ids of the rows' tokens
 * @param blocks block table of the sequence, the rows' own blocks included
 * @param logprobsFrom first position whose logits are wanted for log-probabilities of the prompt
 * @param logprobsTo position after the last one whose logits are wanted for them; the logits of
 *     {@code [logprobsFrom, logprobsTo)} predict the tokens at the next positions
 * @param samples whether a token is to be sampled from the logits of the last row
 */
public record Chunk(
        long sequence,
        String request,
        AdapterRef adapter,
        int firstPosition,
        int[] tokens,
        int[] blocks,
        int logprobsFrom,
        int logprobsTo,
        boolean samples) {

    static Chunk of(Sequence sequence, int rows) {
        int first = sequence.computed();
        var prompt = sequence.promptLogprobs();
        int from = Math.max(first, prompt.firstPosition());
        return new Chunk(
                sequence.id(),
                sequence.request().id(),
                sequence.adapter(),
                first,
                sequence.tokens().range(first, rows),
                sequence.blocks().toArray(),
                from,
                Math.max(from, Math.min(first + rows, prompt.endPosition())),
                rows == sequence.pending());
    }

    public int rows() {
        return tokens.length;
    }

    /** Returns how many positions have their logits wanted for log-probabilities of the prompt. */
    public int promptLogits() {
        return logprobsTo - logprobsFrom;
    }
}

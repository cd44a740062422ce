package org.dlora.scheduling;

/**
 * What a policy sees of an unfinished sequence.
 *
 * @param id unique in its replica
 * @param arrival arrival order, smaller is older
 * @param tokens known tokens: prompt and output so far
 * @param computed tokens whose keys and values are in the cache; {@code tokens - computed} rows are
 *     still to be run before the next token can be sampled (1 in steady decode), fewer by {@code
 *     prefixTokens}
 * @param blocks cache blocks it holds
 * @param ownBlocks of these those that no older sequence holds: they come free once it and all
 *     younger ones are preempted
 * @param soleBlocks of its blocks those that nobody else holds: they come free once it is preempted
 * @param prefixTokens tokens at the beginning of a waiting one whose blocks are cached: it takes
 *     them over when it starts, and runs only the rest. 0 for the oldest, which has done so already
 * @param heldPrefixBlocks of the blocks of that prefix those that others hold; taking over the rest
 *     takes free blocks
 * @param plainRows of its next rows so many need the logits of one at most; each row beyond these
 *     is one of {@link StepLimits#PROMPT_LOGIT_ROWS}. At least 1; as many as it has pending or
 *     more, if no log-probabilities of its prompt are wanted
 */
public record SequenceView(
        long id,
        AdapterRef adapter,
        long arrival,
        int tokens,
        int computed,
        int blocks,
        int ownBlocks,
        int soleBlocks,
        int prefixTokens,
        int heldPrefixBlocks,
        int plainRows,
        RequestView request) {

    /** One that shares nothing, and of whose request nothing is known. */
    public SequenceView(
            long id, AdapterRef adapter, long arrival, int tokens, int computed, int blocks) {
        this(
                id,
                adapter,
                arrival,
                tokens,
                computed,
                blocks,
                blocks,
                blocks,
                0,
                0,
                tokens,
                RequestView.UNKNOWN);
    }

    /** Position of the next row it runs: its tokens before that are in blocks. */
    public int start() {
        return computed + prefixTokens;
    }

    /** Rows to run before its next token can be sampled. */
    public int pending() {
        return tokens - start();
    }

    /** Rows that it can have in a step at most: those pending, if their logits are not too many. */
    public int runnable() {
        return Math.min(pending(), plainRows + StepLimits.PROMPT_LOGIT_ROWS);
    }

    /** Of so many rows those that count as {@link StepLimits#PROMPT_LOGIT_ROWS}. */
    public int promptLogits(int rows) {
        return Math.max(0, rows - plainRows);
    }

    /** Whether it keeps its keys and values while it does not run. */
    public boolean holdsBlocks() {
        return blocks > 0;
    }

    /** Blocks that it lacks for its known tokens and the next one. */
    int blocksToNextToken(StepLimits limits) {
        return Math.max(0, limits.blocksFor(tokens + 1) - blocks - heldPrefixBlocks);
    }
}

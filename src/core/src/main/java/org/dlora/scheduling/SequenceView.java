package org.dlora.scheduling;

/**
 * A policy's view of an unfinished sequence.
 *
 * @param id unique in its replica
 * @param arrival arrival order, smaller is older
 * @param tokens known tokens: prompt and output so far
 * @param computed tokens whose keys and values are in the cache; {@code tokens - computed} rows are
 *     pending until the next token can be sampled (1 in steady decode), fewer by {@code
 *     prefixTokens}
 * @param blocks cache blocks that it holds
 * @param ownBlocks of these, the blocks that no older sequence holds: they become free once it and
 *     all younger ones are preempted
 * @param soleBlocks of its blocks, those that no other sequence holds: they become free once it is
 *     preempted
 * @param prefixTokens tokens at the beginning of a waiting sequence whose blocks are cached: it
 *     takes them over when it starts, and runs only the rest. 0 for the oldest, which has done so
 *     already
 * @param heldPrefixBlocks blocks of that prefix that other sequences hold; taking over the rest
 *     takes free blocks
 * @param plainRows number of its next rows that need the logits of one row at most; each further
 *     row is one of {@link StepLimits#PROMPT_LOGIT_ROWS}. At least 1; as many as it has pending or
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
        SequenceRequest request) {

    /**
     * Creates the view of a sequence that shares no blocks, and of whose request nothing is known.
     */
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
                SequenceRequest.UNKNOWN);
    }

    /** Returns the flow that its service counts for. */
    public Flow flow() {
        return new Flow(request.team(), adapter);
    }

    /** Returns the position of the next row to run: all earlier tokens are in blocks. */
    public int start() {
        return computed + prefixTokens;
    }

    /** Returns the rows to run before its next token can be sampled. */
    public int pending() {
        return tokens - start();
    }

    /**
     * Returns the most rows that it can run in a step: the pending ones, as far as their logits
     * fit.
     */
    public int runnable() {
        return Math.min(pending(), plainRows + StepLimits.PROMPT_LOGIT_ROWS);
    }

    /** Returns how many of {@code rows} rows count as {@link StepLimits#PROMPT_LOGIT_ROWS}. */
    public int promptLogits(int rows) {
        return Math.max(0, rows - plainRows);
    }

    /** Returns whether it keeps its keys and values while it does not run. */
    public boolean holdsBlocks() {
        return blocks > 0;
    }

    /** Returns the blocks that it lacks for its known tokens and the next one. */
    public int blocksToNextToken(StepLimits limits) {
        return Math.max(0, limits.blocksFor(tokens + 1) - blocks - heldPrefixBlocks);
    }
}

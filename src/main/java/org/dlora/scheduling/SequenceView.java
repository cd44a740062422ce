package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * What a policy sees of an unfinished sequence.
 *
 * @param id unique in its replica
 * @param adapter null for the base model
 * @param arrival arrival order, smaller is older
 * @param tokens known tokens: prompt and output so far
 * @param computed tokens whose keys and values are in the cache; {@code tokens - computed} rows are
 *     still to be run before the next token can be sampled (1 in steady decode)
 * @param blocks cache blocks it holds
 */
public record SequenceView(
        long id, @Nullable String adapter, long arrival, int tokens, int computed, int blocks) {

    /** Rows to run before its next token can be sampled. */
    public int pending() {
        return tokens - computed;
    }
}

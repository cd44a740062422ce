package org.dlora.replica.kv;

import java.util.Arrays;
import java.util.List;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.scheduling.AdapterRef;

/**
 * Full KV blocks of one sequence, by number.
 *
 * @param adapter by which the keys and values were computed, by id
 * @param owner of the prefixes of the sequence
 * @param tokens of the sequence, from its first to the last one in the last block
 * @param firstBlock number of blocks of the sequence before the first one here
 * @param exactTokens tokens at the beginning that unmerged steps alone have computed
 * @param blocks numbers of the blocks
 */
public record KvSpan(
        AdapterRef adapter,
        PrefixOwner owner,
        int[] tokens,
        int firstBlock,
        int exactTokens,
        List<Integer> blocks) {

    /** Copies the list. */
    public KvSpan {
        blocks = List.copyOf(blocks);
    }

    /**
     * Returns the first blocks of the span with their content.
     *
     * @param contents of as many blocks as were copied
     */
    public KvCopy copied(List<byte[]> contents) {
        int end = (firstBlock + contents.size()) * KvBlocks.TOKENS;
        return new KvCopy(
                adapter,
                owner,
                Arrays.copyOf(tokens, end),
                firstBlock,
                Math.min(exactTokens, end),
                contents);
    }
}

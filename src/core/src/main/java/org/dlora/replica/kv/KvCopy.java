package org.dlora.replica.kv;

import java.util.List;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.scheduling.AdapterRef;

/**
 * Copies of full KV blocks of one sequence, from which another replica fills blocks of its prefix
 * cache.
 *
 * @param adapter by which the keys and values were computed, by id
 * @param owner of the prefixes of the sequence
 * @param tokens of the sequence, from its first to the last one in the last block
 * @param firstBlock number of blocks of the sequence before the first copied one
 * @param exactTokens tokens at the beginning that unmerged steps alone have computed
 * @param blocks a copy of each block, in the format of the device
 */
public record KvCopy(
        AdapterRef adapter,
        PrefixOwner owner,
        int[] tokens,
        int firstBlock,
        int exactTokens,
        List<byte[]> blocks) {

    /** Copies the list. */
    public KvCopy {
        blocks = List.copyOf(blocks);
    }

    /** Returns the bytes of all blocks. */
    public long bytes() {
        return blocks.stream().mapToLong(block -> block.length).sum();
    }

    /** Returns the number of blocks of the sequence up to the last copied one. */
    public int endBlock() {
        return firstBlock + blocks.size();
    }
}

package org.dlora.scheduling.dispatch;

import org.dlora.scheduling.PrefixHash;

/**
 * The full KV blocks of a prompt that may be found in a prefix cache, as hashes. Each hash covers
 * the owner and all tokens up to the end of its block, so equal hashes mean equal prefixes, but for
 * collisions.
 */
public final class PromptBlocks {
    private final long[] hashes;
    private final int blockTokens;

    private PromptBlocks(long[] hashes, int blockTokens) {
        this.hashes = hashes;
        this.blockTokens = blockTokens;
    }

    /**
     * Hashes a prompt. Its last token is in no block, as its logits have to be computed.
     *
     * @param root {@link PrefixHash#root} of the adapter and of the owner of cached prefixes, with
     *     a seed that is unknown to clients: they cannot choose prompts that collide
     * @param tokens ids of the prompt
     * @param blockTokens positions in a block, at least 1
     */
    public static PromptBlocks of(long root, int[] tokens, int blockTokens) {
        if (blockTokens < 1) {
            throw new IllegalArgumentException(
                    "A block has %d tokens: expected at least 1".formatted(blockTokens));
        }
        long hash = root;
        var hashes = new long[Math.max(0, tokens.length - 1) / blockTokens];
        for (int block = 0; block < hashes.length; block++) {
            hash = PrefixHash.of(hash, tokens, block * blockTokens, (block + 1) * blockTokens);
            hashes[block] = hash;
        }
        return new PromptBlocks(hashes, blockTokens);
    }

    int count() {
        return hashes.length;
    }

    long hash(int block) {
        return hashes[block];
    }

    int blockTokens() {
        return blockTokens;
    }
}

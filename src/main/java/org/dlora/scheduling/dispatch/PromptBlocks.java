package org.dlora.scheduling.dispatch;

/**
 * The full KV blocks of a prompt that may be found in a prefix cache, as hashes. Each hash covers
 * the adapter's content and all tokens up to the end of its block, so equal hashes mean equal
 * prefixes, but for collisions.
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
     * @param seed of the process, unknown to clients: they cannot choose prompts that collide
     * @param content hash of the adapter's content; one of its own for the base model
     * @param tokens ids of the prompt
     * @param blockTokens positions in a block, at least 1
     */
    public static PromptBlocks of(long seed, String content, int[] tokens, int blockTokens) {
        if (blockTokens < 1) {
            throw new IllegalArgumentException(
                    "A block has %d tokens: expected at least 1".formatted(blockTokens));
        }
        long hash = seed;
        for (int i = 0; i < content.length(); i++) {
            hash = mix(hash + content.charAt(i));
        }
        var hashes = new long[Math.max(0, tokens.length - 1) / blockTokens];
        for (int block = 0; block < hashes.length; block++) {
            for (int i = block * blockTokens; i < (block + 1) * blockTokens; i++) {
                hash = mix(hash + tokens[i]);
            }
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

    /** SplitMix64's finalizer (Steele, Lea and Flood 2014), a bijection. */
    private static long mix(long z) {
        long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}

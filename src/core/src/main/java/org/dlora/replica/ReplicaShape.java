package org.dlora.replica;

import java.util.Set;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.scheduling.StepLimits;

/**
 * The properties of a replica that never change: its limits, its KV blocks and the tokens that end
 * sequences.
 *
 * @param id its name in metrics and logs
 * @param limits bounds of each step
 * @param kvBlocks KV blocks of {@value KvBlocks#TOKENS} tokens
 * @param maxSequenceLength prompt and output tokens of a sequence together
 * @param vocabSize number of token ids
 * @param prefixCache whether full KV blocks are kept for sequences that begin with the same tokens
 * @param endTokens token ids that end a sequence, unless its request ignores them ({@code
 *     ignore_eos})
 * @param hashSeed seed of the prefix cache's hashes, unknown to clients
 */
public record ReplicaShape(
        String id,
        StepLimits limits,
        int kvBlocks,
        int maxSequenceLength,
        int vocabSize,
        boolean prefixCache,
        Set<Integer> endTokens,
        long hashSeed) {
    public ReplicaShape {
        endTokens = Set.copyOf(endTokens);
        if (limits.blockTokens() != KvBlocks.TOKENS) {
            throw new IllegalArgumentException(
                    "KV blocks have %d tokens, but the step limits say %d"
                            .formatted(KvBlocks.TOKENS, limits.blockTokens()));
        }
    }
}

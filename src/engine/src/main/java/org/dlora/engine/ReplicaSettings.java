package org.dlora.engine;

import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlora.device.KvLayout;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.model.DecoderSpec;
import org.dlora.replica.ReplicaShape;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;

/**
 * The settings that a replica is opened with: the bounds of its steps, the size of its KV cache,
 * and the memory for merged weights.
 *
 * @param id its name in metrics and logs
 * @param limits bounds of each step
 * @param kvBlocks KV blocks of {@value KvLayout#BLOCK_TOKENS} tokens
 * @param usableKvBlocks of these, the blocks that have memory from the start
 * @param kvDtype {@code F32} or {@code BF16}
 * @param maxModelLength prompt and output tokens of a sequence together, at least 2
 * @param prefixCache whether full KV blocks are kept for sequences that begin with the same tokens
 * @param mergeBytes bytes that its own copies of merged weights may take; an adapter that needs
 *     more is not merged
 * @param maskWork nodes of the vocabulary's trie that a step may visit for masks of constraints
 */
public record ReplicaSettings(
        String id,
        StepLimits limits,
        int kvBlocks,
        int usableKvBlocks,
        DType kvDtype,
        int maxModelLength,
        boolean prefixCache,
        long mergeBytes,
        long maskWork) {
    /** Budget of a step for masks where none is given. */
    public static final long MASK_WORK = 1_000_000;

    /** Clients must not be able to choose prompts whose hashes collide. */
    private static final long HASH_SEED = new SecureRandom().nextLong();

    public ReplicaSettings {
        if (limits.blockTokens() != KvLayout.BLOCK_TOKENS) {
            throw new IllegalArgumentException(
                    "KV blocks have %d tokens, but the step limits say %d"
                            .formatted(KvLayout.BLOCK_TOKENS, limits.blockTokens()));
        }
        if (kvBlocks < 1 || maxModelLength < 2) {
            throw new IllegalArgumentException(
                    "Replica %s needs at least 1 KV block and a model length of 2, not %d and %d"
                            .formatted(id, kvBlocks, maxModelLength));
        }
        if (usableKvBlocks < 1 || usableKvBlocks > kvBlocks) {
            throw new IllegalArgumentException(
                    "Replica %s has %d KV blocks, so from 1 to that many are usable, not %d"
                            .formatted(id, kvBlocks, usableKvBlocks));
        }
    }

    /** Creates settings with KV blocks that are all usable from the start. */
    public ReplicaSettings(
            String id,
            StepLimits limits,
            int kvBlocks,
            DType kvDtype,
            int maxModelLength,
            boolean prefixCache,
            long mergeBytes) {
        this(
                id,
                limits,
                kvBlocks,
                kvBlocks,
                kvDtype,
                maxModelLength,
                prefixCache,
                mergeBytes,
                MASK_WORK);
    }

    /** Creates settings with merged weights that may take any memory. */
    public ReplicaSettings(
            String id,
            StepLimits limits,
            int kvBlocks,
            DType kvDtype,
            int maxModelLength,
            boolean prefixCache) {
        this(id, limits, kvBlocks, kvDtype, maxModelLength, prefixCache, Long.MAX_VALUE);
    }

    /**
     * Bytes that each replica allocates beside its KV cache: the activations and logits of a step.
     */
    public static long bufferBytes(DecoderSpec spec, StepLimits limits) {
        return TransformerRunner.bufferBytes(spec, limits);
    }

    /**
     * Bytes that a replica's merged weights take at most: one copy of each matrix that an adapter
     * can be merged into is in effect while another is built.
     */
    public static long copyBytes(DecoderSpec spec, DType weights) {
        long shared = spec.tiedEmbeddings() ? (long) spec.vocabSize() * spec.hiddenSize() : 0;
        return 2L * weights.bytes() * (spec.matrixElements() - shared);
    }

    /** Returns the layout of the replica's KV cache. */
    KvLayout kvLayout(DecoderSpec spec) {
        return new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), kvBlocks, kvDtype);
    }

    /** Returns the same settings with a prefix cache, or without. */
    ReplicaSettings withPrefixCache(boolean wanted) {
        return new ReplicaSettings(
                id,
                limits,
                kvBlocks,
                usableKvBlocks,
                kvDtype,
                maxModelLength,
                wanted,
                mergeBytes,
                maskWork);
    }

    /** Returns the same with {@code blocks} usable KV blocks at the start. */
    public ReplicaSettings withUsableKvBlocks(int blocks) {
        return new ReplicaSettings(
                id,
                limits,
                kvBlocks,
                blocks,
                kvDtype,
                maxModelLength,
                prefixCache,
                mergeBytes,
                maskWork);
    }

    /** Returns the numbers of the KV blocks that have no memory at the start. */
    List<Integer> withheldBlocks() {
        return IntStream.range(usableKvBlocks, kvBlocks).boxed().toList();
    }

    /**
     * Returns the tokens that one sequence can have: {@code maxModelLength}, or fewer where the KV
     * blocks of the start are too few for that.
     */
    public int maxSequenceLength() {
        return (int) Math.min(maxModelLength, (long) usableKvBlocks * KvLayout.BLOCK_TOKENS);
    }

    /**
     * Returns the settings that the replica's state needs.
     *
     * @param vocabSize number of the model's token ids
     * @param endTokens of the model
     */
    ReplicaShape shape(int vocabSize, Set<Integer> endTokens) {
        return new ReplicaShape(
                id,
                limits,
                kvBlocks,
                maxSequenceLength(),
                vocabSize,
                prefixCache,
                endTokens,
                HASH_SEED);
    }
}

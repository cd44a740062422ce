package org.dlora.app;

import org.dlora.device.KvLayout;
import org.dlora.engine.ReplicaSettings;
import org.dlora.model.DecoderSpec;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.springframework.util.unit.DataSize;

/**
 * How large the KV cache of a replica is, and how long a sequence may be.
 *
 * @param blocks of {@value KvLayout#BLOCK_TOKENS} tokens
 * @param maxModelLength tokens of prompt and answer together
 * @param bytes off the heap
 * @param dtype of keys and values
 */
record CachePlan(int blocks, DType dtype, int maxModelLength, long bytes) {
    private static final long KB = 1 << 10;
    private static final long MB = 1 << 20;

    /** Sizes of less are told in KB. */
    private static final long SMALL = 10 * MB;

    private static final long DEFAULT_LIMIT = DataSize.ofGigabytes(1).toBytes();

    /**
     * For each of the replicas that {@code settings} ask for.
     *
     * @param suitable dtype of keys and values if the settings leave it open
     * @param memory bytes of the machine
     * @param taken bytes of it that weights, adapters and the Java heap need; the buffers of the
     *     replicas' steps are added
     */
    static CachePlan of(
            DecoderSpec spec, DloraProperties settings, DType suitable, long memory, long taken) {
        var cache = settings.kvCache();
        int replicas = settings.replicasOrOne().size();
        var limits =
                new StepLimits(
                        settings.maxBatch(), settings.maxBatchTokens(), KvLayout.BLOCK_TOKENS);
        return of(
                spec,
                switch (cache.dtype()) {
                    case AUTO -> suitable;
                    case FLOAT32 -> DType.F32;
                    case BFLOAT16 -> DType.BF16;
                },
                cache.size(),
                settings.maxModelLen(),
                settings.maxBatch(),
                memory / replicas,
                taken / replicas + ReplicaSettings.bufferBytes(spec, limits));
    }

    /**
     * @param size asked for; 0 = enough for {@code maxBatch} sequences of full length, at most 1
     *     GB, a quarter of {@code memory} and what is not {@code taken}
     * @param maxModelLength asked for; 0 = what model and cache allow
     * @param memory bytes that one replica may count on
     * @param taken what its buffers, and its share of what weights, adapters and the Java heap need
     *     of them
     * @throws StartException if what is asked for does not fit together
     */
    static CachePlan of(
            DecoderSpec spec,
            DType dtype,
            DataSize size,
            int maxModelLength,
            int maxBatch,
            long memory,
            long taken) {
        var one = new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), 1, dtype);
        int longest = longest(spec, maxModelLength);
        long wanted = (long) maxBatch * KvLayout.blocksFor(longest) * one.bytesPerBlock();
        long bytes =
                size.toBytes() == 0
                        ? Math.min(wanted, automatic(one, memory, taken))
                        : size.toBytes();
        if (bytes > memory) {
            throw new StartException(
                    "dlora.kv-cache.size is "
                            + megabytes(bytes)
                            + ", but a replica's share of the memory is "
                            + megabytes(memory)
                            + ".");
        }
        int blocks =
                (int)
                        Math.min(
                                Integer.MAX_VALUE / KvLayout.BLOCK_TOKENS,
                                bytes / one.bytesPerBlock());
        int held = blocks * KvLayout.BLOCK_TOKENS;
        if (blocks < 1 || maxModelLength > held) {
            long needed = KvLayout.blocksFor(Math.max(1, maxModelLength)) * one.bytesPerBlock();
            boolean isSmall = Math.min(bytes, needed) < SMALL;
            throw new StartException(
                    "A KV cache of "
                            + (isSmall ? bytes / KB + "KB" : bytes / MB + "MB")
                            + " holds "
                            + held
                            + " tokens of this model; "
                            + (maxModelLength == 0
                                    ? "one block"
                                    : "dlora.max-model-len=" + maxModelLength)
                            + " needs at least "
                            + (isSmall ? Math.ceilDiv(needed, KB) + "KB" : megabytes(needed))
                            + ". Set dlora.kv-cache.size.");
        }
        return new CachePlan(blocks, dtype, Math.min(longest, held), blocks * one.bytesPerBlock());
    }

    private static long automatic(KvLayout one, long memory, long taken) {
        if (memory - taken < one.bytesPerBlock()) {
            throw new StartException(
                    "Of the "
                            + megabytes(memory)
                            + " of memory for a replica, weights, adapters, the buffers of a step"
                            + " and the Java heap may take "
                            + megabytes(taken)
                            + ", which leaves no room for a KV cache. Give the heap less (-Xmx),"
                            + " or set dlora.kv-cache.size.");
        }
        return Math.min(memory - taken, Math.min(DEFAULT_LIMIT, memory / 4));
    }

    /** Tokens that it holds. */
    int tokens() {
        return blocks * KvLayout.BLOCK_TOKENS;
    }

    private static int longest(DecoderSpec spec, int asked) {
        if (asked == 1) {
            throw new StartException(
                    "dlora.max-model-len is 1, but a prompt and its answer have at least 2 tokens.");
        }
        if (asked > spec.maxPositions()) {
            throw new StartException(
                    "dlora.max-model-len is "
                            + asked
                            + ", but the model's max_position_embeddings is "
                            + spec.maxPositions()
                            + ".");
        }
        return asked == 0 ? spec.maxPositions() : asked;
    }

    private static String megabytes(long bytes) {
        return Math.ceilDiv(bytes, MB) + "MB";
    }
}

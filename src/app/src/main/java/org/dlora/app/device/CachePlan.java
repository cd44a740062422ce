package org.dlora.app.device;

import org.dlora.app.settings.DloraProperties;
import org.dlora.device.KvLayout;
import org.dlora.device.MemoryBound;
import org.dlora.device.MemorySize;
import org.dlora.engine.opening.StartException;
import org.dlora.model.DecoderSpec;
import org.dlora.tensor.DType;
import org.springframework.util.unit.DataSize;

/**
 * Sizes of a replica's KV cache, its sequences and its merged weights.
 *
 * @param blocks KV blocks of {@value KvLayout#BLOCK_TOKENS} tokens at the start
 * @param most blocks that it can have once memory is free; those beyond {@code blocks} take
 *     addresses alone
 * @param maxModelLength tokens of prompt and answer together
 * @param bytes of the KV cache at the start, off the heap
 * @param dtype dtype of keys and values
 * @param mergeBytes bytes that the replica's copies of merged weights never exceed
 */
public record CachePlan(
        int blocks, int most, DType dtype, int maxModelLength, long bytes, long mergeBytes) {
    private static final long KB = 1 << 10;
    private static final long MB = 1 << 20;

    /** Smaller sizes are written in KB. */
    private static final long SMALL = 10 * MB;

    private static final long DEFAULT_LIMIT = DataSize.ofGigabytes(1).toBytes();

    /**
     * The memory of one replica, or of all together.
     *
     * @param bytes all bytes
     * @param taken bytes for its buffers, and its share of weights, adapters and the Java process
     * @param copies bytes that its merged weights may need. An automatic KV cache leaves them that,
     *     but keeps half of the rest
     * @param bound bound of the memory
     */
    record Room(long bytes, long taken, long copies, MemoryBound bound) {
        Room(long bytes, long taken, long copies) {
            this(bytes, taken, copies, MemoryBound.MACHINE);
        }

        private long left() {
            return bytes - taken;
        }

        private long automatic() {
            return Math.min(
                    left() - Math.min(copies, left() / 2), Math.min(DEFAULT_LIMIT, bytes / 4));
        }
    }

    /**
     * Plans for each of {@code replicas} replicas that share a memory.
     *
     * @param suitable dtype of keys and values if the settings say auto
     * @param shared the memory of all these replicas together; {@code copies} are those of one
     *     replica
     */
    static CachePlan of(
            DecoderSpec spec, DloraProperties settings, DType suitable, Room shared, int replicas) {
        var cache = settings.kvCache();
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
                new Room(
                        shared.bytes() / replicas,
                        Math.ceilDiv(shared.taken(), replicas),
                        settings.policy().mayMerge() ? shared.copies() : 0,
                        shared.bound()));
    }

    /**
     * @param size bytes of the KV cache; 0 = enough for {@code maxBatch} sequences of full length,
     *     at most 1 GB, a quarter of the replica's memory and what the rest leaves
     * @param maxModelLength tokens of prompt and answer together; 0 = what model and cache allow
     * @throws StartException if the sizes do not fit together
     */
    static CachePlan of(
            DecoderSpec spec,
            DType dtype,
            DataSize size,
            int maxModelLength,
            int maxBatch,
            Room room) {
        var one = new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), 1, dtype);
        int longest = longest(spec, maxModelLength);
        long wanted = (long) maxBatch * KvLayout.blocksFor(longest) * one.bytesPerBlock();
        long bytes = size.toBytes() == 0 ? Math.min(wanted, automatic(one, room)) : size.toBytes();
        if (bytes > room.bytes()) {
            throw new StartException(
                    "dlora.kv-cache.size is "
                            + megabytes(bytes)
                            + ", but a replica's share of the memory is "
                            + megabytes(room.bytes())
                            + ". Set it to less, or "
                            + room.bound().order()
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
        long cache = blocks * one.bytesPerBlock();
        return new CachePlan(
                blocks,
                blocks,
                dtype,
                Math.min(longest, held),
                cache,
                Math.max(0, room.left() - cache));
    }

    private static long automatic(KvLayout one, Room room) {
        if (room.left() < one.bytesPerBlock()) {
            var bound = room.bound();
            throw new StartException(
                    "A replica has %s of memory%s, of which %s may take %s: that leaves no room for a KV cache, of which a block takes %s. Serve fewer adapters, or %s."
                            .formatted(
                                    new MemorySize(room.bytes()).roundedDown(),
                                    bound.isMachine() ? "" : " by " + bound.setting(),
                                    bound.isMachine()
                                            ? "weights, adapters, the buffers of a step, the Java heap and the JVM itself"
                                            : "adapters",
                                    new MemorySize(room.taken()).roundedUp(),
                                    new MemorySize(one.bytesPerBlock()).roundedUp(),
                                    bound.order()));
        }
        return Math.max(one.bytesPerBlock(), room.automatic());
    }

    /** Returns the same plan with {@code bytes} for merged weights. */
    CachePlan withMergeBytes(long bytes) {
        return new CachePlan(blocks, most, dtype, maxModelLength, this.bytes, bytes);
    }

    /**
     * Returns the same plan with a cache that can grow. The cache never has more blocks than a full
     * batch of sequences of full length needs.
     *
     * @param memory bytes that KV cache, adapters and merged weights have together
     */
    CachePlan growing(long memory, int maxBatch) {
        long wanted = (long) maxBatch * KvLayout.blocksFor(maxModelLength);
        long room = Math.min(memory / (bytes / blocks), Integer.MAX_VALUE / KvLayout.BLOCK_TOKENS);
        int grown = (int) Math.max(blocks, Math.min(wanted, room));
        return new CachePlan(blocks, grown, dtype, maxModelLength, bytes, mergeBytes);
    }

    /**
     * Returns the blocks that the cache keeps whatever adapters need.
     *
     * @param size bytes that it is to keep; 0 = those of the longest sequence
     */
    public int least(DataSize size) {
        long asked = size.toBytes() / Math.max(1, bytes / blocks);
        return Math.clamp(asked, KvLayout.blocksFor(maxModelLength), blocks);
    }

    /** Returns the tokens that the cache holds at the start. */
    public int tokens() {
        return blocks * KvLayout.BLOCK_TOKENS;
    }

    /** Returns how far the cache can grow, in words; empty if it cannot. */
    public String growth() {
        return most == blocks
                ? ""
                : ", which grows up to %d where memory is free"
                        .formatted((long) most * KvLayout.BLOCK_TOKENS);
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

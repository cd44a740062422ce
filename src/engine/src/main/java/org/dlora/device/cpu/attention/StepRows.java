package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.dlora.device.KvLayout.BLOCK_TOKENS;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * Positions and cache slots of a step's rows, written off the heap once for all layers. One thread
 * uses it.
 */
final class StepRows implements AutoCloseable {
    private final Scratch positions = new Scratch();
    private final Scratch slots = new Scratch();
    private RaggedBatch batch = new RaggedBatch(new int[0], new int[0], List.of());
    private int firstPosition;
    private int lastPosition;

    /** The cache that the slots were checked for. */
    private @Nullable CpuKvCache cache;

    /** Takes the rows of the next step. */
    void begin(RaggedBatch next) {
        batch = next;
        cache = null;
        firstPosition = Integer.MAX_VALUE;
        lastPosition = -1;
        var all = next.positions();
        var segment = positions.atLeast(4L * all.length);
        for (int row = 0; row < all.length; row++) {
            firstPosition = Math.min(firstPosition, all[row]);
            lastPosition = Math.max(lastPosition, all[row]);
            segment.set(JAVA_INT, 4L * row, all[row]);
        }
    }

    RaggedBatch batch() {
        return batch;
    }

    /**
     * Returns the position of each row, int32.
     *
     * @param count positions that there are
     */
    MemorySegment positions(int count) {
        if (batch.rows() > 0) {
            Arguments.index("rotary position", firstPosition, count);
            Arguments.index("rotary position", lastPosition, count);
        }
        return positions.segment();
    }

    /** Returns the slot of each row in {@code kv}, int32: 16·block + position in the block. */
    MemorySegment slots(CpuKvCache kv) {
        check(kv);
        return slots.segment();
    }

    /**
     * Checks that {@code kv} has the blocks of all rows. The slots are the same for every cache, so
     * a worker may read them meanwhile.
     */
    void check(CpuKvCache kv) {
        if (kv != cache) {
            AttentionArguments.blocks(batch, kv);
            write(slots.atLeast(4L * batch.rows()));
            cache = kv;
        }
    }

    private void write(MemorySegment segment) {
        long next = 0;
        for (Chunk chunk : batch.chunks()) {
            int end = chunk.firstPosition() + chunk.rows();
            for (int position = chunk.firstPosition(); position < end; position++, next += 4) {
                int block = chunk.blockTable()[position / BLOCK_TOKENS];
                segment.set(JAVA_INT, next, block * BLOCK_TOKENS + position % BLOCK_TOKENS);
            }
        }
    }

    @Override
    public void close() {
        positions.close();
        slots.close();
    }
}

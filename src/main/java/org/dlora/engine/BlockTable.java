package org.dlora.engine;

import java.util.Arrays;
import java.util.BitSet;
import org.dlora.device.KvLayout;
import org.jspecify.annotations.Nullable;

/**
 * The KV blocks of one sequence in position order. Full ones may be shared with others; they are
 * never written again.
 */
final class BlockTable {
    private int[] blocks = new int[4];
    private int size;
    private @Nullable CachedBlock published;

    int size() {
        return size;
    }

    int block(int i) {
        return blocks[i];
    }

    int[] toArray() {
        return Arrays.copyOf(blocks, size);
    }

    /** Begins, empty, with cached blocks up to {@code last}. */
    void begin(CachedBlock last, BlockPool pool) {
        ensureCapacity(CachedBlock.depth(last));
        for (CachedBlock block = last; block != null; block = block.parent()) {
            pool.hold(block);
            blocks[CachedBlock.depth(block) - 1] = block.number();
        }
        size = CachedBlock.depth(last);
        published = last;
    }

    /** Takes blocks until {@code tokens} positions fit. */
    void cover(int tokens, BlockPool pool) {
        int needed = KvLayout.blocksFor(tokens);
        ensureCapacity(needed);
        while (size < needed) {
            blocks[size] = pool.take();
            size++;
        }
    }

    /**
     * Counts those that are in {@code seen}, where each block that has several holders goes. Shared
     * are the blocks at the beginning only.
     */
    int countShared(BlockPool pool, BitSet seen) {
        int shared = 0;
        for (int i = 0; i < size && pool.holders(blocks[i]) > 1; i++) {
            if (seen.get(blocks[i])) {
                shared++;
            } else {
                seen.set(blocks[i]);
            }
        }
        return shared;
    }

    /** Counts those that no other table has. */
    int countSole(BlockPool pool) {
        int first = 0;
        while (first < size && pool.holders(blocks[first]) > 1) {
            first++;
        }
        return size - first;
    }

    /** Makes the blocks that are full with {@code computed} tokens known for their content. */
    void publish(@Nullable String adapter, TokenIds tokens, int computed, BlockPool pool) {
        for (int i = CachedBlock.depth(published);
                (i + 1) * KvLayout.BLOCK_TOKENS <= computed;
                i++) {
            published = pool.publish(PrefixCache.content(adapter, published, tokens), blocks[i]);
            blocks[i] = published.number();
        }
    }

    /** Gives all back, the last first: a block must not outlive those before it in the cache. */
    void release(BlockPool pool) {
        while (size > 0) {
            pool.give(blocks[--size]);
        }
        published = null;
    }

    private void ensureCapacity(int needed) {
        if (needed > blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(needed, 2 * blocks.length));
        }
    }
}

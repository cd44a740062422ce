package org.dlora.replica.kv;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Block table of one sequence: its KV blocks in position order. Full blocks may be shared with
 * other sequences and are never written again.
 */
public final class BlockTable {
    private int[] blocks = new int[4];
    private int size;
    private @Nullable CachedBlock published;
    private boolean isSevered;

    public int size() {
        return size;
    }

    public int block(int i) {
        return blocks[i];
    }

    public int[] toArray() {
        return Arrays.copyOf(blocks, size);
    }

    /** Fills an empty table with the cached blocks up to {@code last}. */
    public void begin(CachedBlock last, BlockPool pool) {
        ensureCapacity(CachedBlock.depth(last));
        for (CachedBlock block = last; block != null; block = block.parent()) {
            pool.hold(block);
            blocks[CachedBlock.depth(block) - 1] = block.number();
        }
        size = CachedBlock.depth(last);
        published = last;
    }

    /** Takes blocks until {@code tokens} positions fit. */
    public void cover(int tokens, BlockPool pool) {
        int needed = KvBlocks.covering(tokens);
        ensureCapacity(needed);
        while (size < needed) {
            blocks[size] = pool.take();
            size++;
        }
    }

    /**
     * Releases the blocks behind those of {@code tokens} positions, which are not indexed.
     *
     * @return whether there were any
     */
    public boolean cut(int tokens, BlockPool pool) {
        int before = size;
        int needed = KvBlocks.covering(tokens);
        while (size > needed) {
            pool.give(blocks[--size]);
        }
        return size < before;
    }

    /**
     * Counts the blocks that are in {@code seen}, and adds those with several holders to it. Only
     * blocks at the beginning are shared.
     */
    public int countShared(BlockPool pool, BitSet seen) {
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

    /** Counts the blocks that no other sequence holds. */
    public int countSole(BlockPool pool) {
        int first = 0;
        while (first < size && pool.holders(blocks[first]) > 1) {
            first++;
        }
        return size - first;
    }

    /**
     * Indexes the blocks that are full with {@code computed} tokens.
     *
     * @param exactTokens tokens at the beginning that unmerged steps alone have computed
     */
    public void publish(
            PrefixRoot root, TokenIds tokens, int computed, int exactTokens, BlockPool pool) {
        for (int i = CachedBlock.depth(published);
                !isSevered && (i + 1) * KvBlocks.TOKENS <= computed;
                i++) {
            boolean exact = (i + 1) * KvBlocks.TOKENS <= exactTokens;
            var block = pool.publish(root, published, tokens, exact, blocks[i]);
            if (block == null) {
                isSevered = true;
            } else {
                published = block;
                blocks[i] = block.number();
            }
        }
    }

    /** Returns the tokens at its beginning that can be exact, given its last indexed block. */
    public int exactTokens() {
        if (published == null || published.isExact()) {
            return Integer.MAX_VALUE;
        }
        return CachedBlock.exactDepth(published) * KvBlocks.TOKENS;
    }

    /**
     * Releases all blocks, the last one first, because a cached block must not outlive those before
     * it.
     */
    public void release(BlockPool pool) {
        while (size > 0) {
            pool.give(blocks[--size]);
        }
        published = null;
        isSevered = false;
    }

    private void ensureCapacity(int needed) {
        if (needed > blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(needed, 2 * blocks.length));
        }
    }
}

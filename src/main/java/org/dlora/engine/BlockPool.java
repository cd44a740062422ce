package org.dlora.engine;

import static org.dlora.engine.Invariant.require;

import java.util.BitSet;
import java.util.Objects;
import org.dlora.engine.CachedBlock.Content;
import org.jspecify.annotations.Nullable;

/**
 * The replica's KV blocks by number: how many sequences hold each, and what those hold that others
 * may use. A block that nobody holds is available; if its content is known it is kept until no
 * other block is left. Last given back is taken first, while it is warm.
 */
final class BlockPool {
    private final int[] free;
    private final int[] holders;
    private final @Nullable CachedBlock[] contents;
    private final PrefixCache cache = new PrefixCache();
    private int freeBlocks;

    BlockPool(int blocks) {
        free = new int[blocks];
        holders = new int[blocks];
        contents = new CachedBlock[blocks];
        freeBlocks = blocks;
        for (int i = 0; i < blocks; i++) {
            free[i] = blocks - 1 - i;
        }
    }

    int total() {
        return free.length;
    }

    /** Blocks that nobody holds. */
    int available() {
        return freeBlocks + cache.idle();
    }

    /** Sequences that hold {@code block}. */
    int holders(int block) {
        return holders[block];
    }

    /**
     * Takes a block that nobody holds, with whatever content.
     *
     * @throws IllegalStateException if there is none
     */
    int take() {
        if (available() == 0) {
            throw new IllegalStateException("All " + total() + " KV blocks are held");
        }
        if (freeBlocks == 0) {
            release(cache.evict());
        }
        int block = free[--freeBlocks];
        holders[block] = 1;
        return block;
    }

    /**
     * Gives a block back.
     *
     * @throws IllegalStateException if nobody holds it
     */
    void give(int block) {
        if (block < 0 || block >= total() || holders[block] == 0) {
            throw new IllegalStateException(
                    "KV block " + block + " is not held, so it cannot be given back");
        }
        if (--holders[block] > 0) {
            return;
        }
        var content = contents[block];
        if (content == null) {
            free[freeBlocks++] = block;
        } else {
            cache.rest(content);
        }
    }

    /** Makes a block known for its content; whoever calls this holds it and all before it. */
    CachedBlock publish(Content content, int block) {
        var known = cache.find(content);
        if (known == null) {
            known = new CachedBlock(content, block);
            contents[block] = known;
            cache.add(known);
        } else {
            // Computed twice, bit for bit the same: one is enough.
            hold(known);
            give(block);
        }
        return known;
    }

    /** Takes a block with its content, beside those who hold it. */
    void hold(CachedBlock block) {
        if (contents[block.number()] != block) {
            throw new IllegalStateException(
                    "KV block " + block.number() + " has other content by now");
        }
        if (holders[block.number()]++ == 0) {
            cache.wake(block);
        }
    }

    /**
     * The last block of the longest cached beginning of {@code tokens}; see {@link
     * PrefixCache#longest}.
     */
    @Nullable CachedBlock longestPrefix(
            @Nullable String adapter, TokenIds tokens, int maxBlocks, @Nullable CachedBlock known) {
        return cache.longest(adapter, tokens, maxBlocks, known);
    }

    /** Of the blocks up to {@code last} those that somebody holds. */
    int held(@Nullable CachedBlock last) {
        var block = last;
        while (block != null && holders[block.number()] == 0) {
            block = block.parent();
        }
        return CachedBlock.depth(block);
    }

    /** Forgets what blocks hold of an adapter that no sequence uses. */
    void forget(String adapter) {
        cache.evictAll(adapter).forEach(this::release);
    }

    /** Forgets what blocks hold that no sequence uses. */
    void forgetAll() {
        while (cache.idle() > 0) {
            release(cache.evict());
        }
    }

    private void release(CachedBlock evicted) {
        contents[evicted.number()] = null;
        free[freeBlocks++] = evicted.number();
    }

    /**
     * Checks the whole state.
     *
     * @throws IllegalStateException if a block is lost, or in two states
     */
    void verify() {
        cache.verify();
        var isFree = new BitSet();
        for (int i = 0; i < freeBlocks; i++) {
            isFree.set(free[i]);
        }
        require(isFree.cardinality() == freeBlocks, () -> "a block is free twice");
        for (int i = 0; i < total(); i++) {
            int block = i;
            var content = contents[block];
            require(
                    content == null || (content.number() == block && cache.contains(content)),
                    () -> "block " + block + " has content that cannot be found");
            boolean isIdle = content != null && cache.isIdle(content);
            int states =
                    (holders[block] > 0 ? 1 : 0) + (isFree.get(block) ? 1 : 0) + (isIdle ? 1 : 0);
            require(
                    states == 1 && !(isFree.get(block) && content != null),
                    () ->
                            "block %d has %d holders, free: %s, content: %s, idle: %s"
                                    .formatted(
                                            block,
                                            holders[block],
                                            isFree.get(block),
                                            Objects.nonNull(content),
                                            isIdle));
        }
    }
}

package org.dlora.replica;

import static org.dlora.replica.Invariant.require;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Pool of the KV blocks of a replica, by number: the count of sequences that hold each block, and
 * its content. A block that no sequence holds is available. A block whose content is known stays
 * cached until no other block is available. The block that was released last is taken first, while
 * it is in the caches.
 */
final class BlockPool {
    private final int[] free;
    private final int[] holders;
    private final @Nullable CachedBlock[] contents;
    private final PrefixCache cache;
    private int freeBlocks;

    /**
     * @param hash finds blocks by content
     */
    BlockPool(int blocks, PrefixHash hash) {
        cache = new PrefixCache(hash);
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

    /** Returns the number of blocks that no sequence holds. */
    int available() {
        return freeBlocks + cache.idle();
    }

    /** Returns the number of sequences that hold {@code block}. */
    int holders(int block) {
        return holders[block];
    }

    /**
     * Takes a block that no sequence holds; its memory has any content.
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
     * Releases a block for one sequence.
     *
     * @throws IllegalStateException if no sequence holds it
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

    /**
     * Indexes the block after {@code last}, whose holder is the caller. A cached block with the
     * same content takes its place, an exact one if there is one.
     *
     * @param exact whether unmerged steps alone have written the block and all before it
     * @return the block that the caller holds from now on; null if {@code last} is not indexed any
     *     more, because no search could reach the block
     */
    @Nullable CachedBlock publish(
            String owner, @Nullable CachedBlock last, TokenIds tokens, boolean exact, int block) {
        if (last != null && !cache.contains(last)) {
            return null;
        }
        var known = cache.find(owner, last, tokens, true);
        if (known == null && !exact) {
            known = cache.find(owner, last, tokens, false);
        }
        if (known == null) {
            known = cache.add(owner, last, tokens, exact, block);
            contents[block] = known;
        } else {
            hold(known);
            give(block);
        }
        return known;
    }

    /** Takes a cached block for one more sequence. */
    void hold(CachedBlock block) {
        if (contents[block.number()] != block) {
            throw new IllegalStateException(
                    "KV block " + block.number() + " has other content by now");
        }
        if (holders[block.number()]++ == 0) {
            cache.wake(block);
        }
    }

    /** Returns the end of the longest cached beginning; see {@link PrefixCache#longest}. */
    @Nullable CachedBlock longestPrefix(
            String owner,
            TokenIds tokens,
            int maxBlocks,
            boolean exactOnly,
            @Nullable CachedBlock known) {
        return cache.longest(owner, tokens, maxBlocks, exactOnly, known);
    }

    /** Forgets the content of {@code blocks}, and of all that follow them; holders keep theirs. */
    void discard(int[] blocks) {
        var known = new ArrayList<CachedBlock>();
        for (int block : blocks) {
            var content = contents[block];
            if (content != null) {
                known.add(content);
            }
        }
        for (var dropped : cache.drop(known)) {
            contents[dropped.number()] = null;
            if (holders[dropped.number()] == 0) {
                free[freeBlocks++] = dropped.number();
            }
        }
    }

    /** Returns how many of the blocks up to {@code last} some sequence holds. */
    int held(@Nullable CachedBlock last) {
        var block = last;
        while (block != null && holders[block.number()] == 0) {
            block = block.parent();
        }
        return CachedBlock.depth(block);
    }

    /** Forgets the cached blocks of an owner that no sequence uses. */
    void forget(String owner) {
        cache.evictAll(owner).forEach(this::release);
    }

    /** Forgets all cached blocks that no sequence holds. */
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

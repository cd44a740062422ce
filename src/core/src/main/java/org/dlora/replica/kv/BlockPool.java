package org.dlora.replica.kv;

import static org.dlora.replica.kv.Invariant.require;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Pool of the KV blocks of a replica, by number: the count of sequences that hold each block, and
 * its content. A block that no sequence holds is available, unless it is withheld: then it has no
 * memory. A block whose content is known stays cached until no other block is available. The block
 * that was released last is taken first, while it is in the caches.
 */
public final class BlockPool {
    private final int[] free;
    private final int[] holders;
    private final @Nullable CachedBlock[] contents;
    private final BitSet withheld = new BitSet();
    private final PrefixCache cache = new PrefixCache();
    private int freeBlocks;
    private long foundBlocks;

    public BlockPool(int blocks) {
        free = new int[blocks];
        holders = new int[blocks];
        contents = new CachedBlock[blocks];
        freeBlocks = blocks;
        for (int i = 0; i < blocks; i++) {
            free[i] = blocks - 1 - i;
        }
    }

    /** Returns the number of blocks that are not withheld. */
    public int total() {
        return most() - withheld.cardinality();
    }

    /** Returns the number of all blocks. */
    public int most() {
        return free.length;
    }

    /** Returns the number of cached blocks that no sequence holds. */
    public int cached() {
        return cache.idle();
    }

    /** Returns how often a sequence has found a cached block that no other one held. */
    public long foundBlocks() {
        return foundBlocks;
    }

    /** Returns the number of blocks that no sequence holds. */
    public int available() {
        return freeBlocks + cache.idle();
    }

    /** Returns the number of sequences that hold {@code block}. */
    public int holders(int block) {
        return holders[block];
    }

    /**
     * Takes a block that no sequence holds; its memory has any content.
     *
     * @throws IllegalStateException if there is none
     */
    public int take() {
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
        if (block < 0 || block >= most() || holders[block] == 0) {
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
            PrefixRoot root,
            @Nullable CachedBlock last,
            TokenIds tokens,
            boolean exact,
            int block) {
        if (last != null && !cache.contains(last)) {
            return null;
        }
        var known = cache.find(root, last, tokens, true);
        if (known == null && !exact) {
            known = cache.find(root, last, tokens, false);
        }
        if (known == null) {
            known = cache.add(root, last, tokens, exact, block);
            contents[block] = known;
        } else {
            retain(known);
            give(block);
        }
        return known;
    }

    /**
     * Withholds available blocks: free ones with the highest numbers first, so that they lie side
     * by side, then cached ones, the least recently used first.
     *
     * @throws IllegalStateException if fewer are available
     */
    public List<Integer> withhold(int count) {
        require(count <= available(), () -> count + " blocks to withhold, of " + available());
        var chosen = new ArrayList<Integer>();
        while (freeBlocks < count) {
            release(cache.evict());
        }
        int[] sorted = Arrays.copyOf(free, freeBlocks);
        Arrays.sort(sorted);
        for (int i = freeBlocks - count; i < freeBlocks; i++) {
            chosen.add(sorted[i]);
        }
        withhold(chosen);
        return chosen;
    }

    /** Withholds these blocks, which must be free. */
    public void withhold(List<Integer> blocks) {
        blocks.forEach(withheld::set);
        int kept = 0;
        for (int i = 0; i < freeBlocks; i++) {
            if (!withheld.get(free[i])) {
                free[kept++] = free[i];
            }
        }
        require(freeBlocks - kept == blocks.size(), () -> "a block to withhold is not free");
        freeBlocks = kept;
    }

    /** Makes withheld blocks free again, those of the lowest numbers; they are taken last. */
    public List<Integer> restore(int count) {
        require(
                count <= withheld.cardinality(),
                () -> count + " blocks to restore, of " + withheld.cardinality());
        var restored = withheld.stream().limit(count).boxed().toList();
        restored.forEach(withheld::clear);
        System.arraycopy(free, 0, free, count, freeBlocks);
        for (int i = 0; i < count; i++) {
            free[i] = restored.get(count - 1 - i);
        }
        freeBlocks += count;
        return restored;
    }

    public List<Integer> withheld() {
        return withheld.stream().boxed().toList();
    }

    /** Takes a cached block for one more sequence, which need not compute it. */
    void hold(CachedBlock block) {
        foundBlocks += holders[block.number()] == 0 ? 1 : 0;
        retain(block);
    }

    private void retain(CachedBlock block) {
        if (contents[block.number()] != block) {
            throw new IllegalStateException(
                    "KV block " + block.number() + " has other content by now");
        }
        if (holders[block.number()]++ == 0) {
            cache.wake(block);
        }
    }

    /** Returns the end of the longest cached beginning; see {@link PrefixCache#longest}. */
    public @Nullable CachedBlock longestPrefix(
            PrefixRoot root,
            TokenIds tokens,
            int maxBlocks,
            boolean exactOnly,
            @Nullable CachedBlock known) {
        return cache.longest(root, tokens, maxBlocks, exactOnly, known);
    }

    /** Forgets the content of {@code blocks}, and of all that follow them; holders keep theirs. */
    public void discard(int[] blocks) {
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
    public int held(@Nullable CachedBlock last) {
        var block = last;
        while (block != null && holders[block.number()] == 0) {
            block = block.parent();
        }
        return CachedBlock.depth(block);
    }

    /**
     * Forgets the cached blocks of an adapter that no sequence uses.
     *
     * @param content hash of the adapter's content
     */
    public void forget(String content) {
        cache.evictAll(content).forEach(this::release);
    }

    /** Forgets all cached blocks that no sequence holds. */
    public void forgetAll() {
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
    public void verify() {
        cache.verify();
        var isFree = new BitSet();
        for (int i = 0; i < freeBlocks; i++) {
            isFree.set(free[i]);
        }
        require(isFree.cardinality() == freeBlocks, () -> "a block is free twice");
        for (int i = 0; i < most(); i++) {
            int block = i;
            var content = contents[block];
            require(
                    content == null || (content.number() == block && cache.contains(content)),
                    () -> "block " + block + " has content that cannot be found");
            boolean isIdle = content != null && cache.isIdle(content);
            int states =
                    (holders[block] > 0 ? 1 : 0)
                            + (isFree.get(block) ? 1 : 0)
                            + (isIdle ? 1 : 0)
                            + (withheld.get(block) ? 1 : 0);
            boolean mayHaveContent = !isFree.get(block) && !withheld.get(block);
            require(
                    states == 1 && (mayHaveContent || content == null),
                    () ->
                            "block %d has %d holders, free: %s, withheld: %s, content: %s, idle: %s"
                                    .formatted(
                                            block,
                                            holders[block],
                                            isFree.get(block),
                                            withheld.get(block),
                                            Objects.nonNull(content),
                                            isIdle));
        }
    }
}

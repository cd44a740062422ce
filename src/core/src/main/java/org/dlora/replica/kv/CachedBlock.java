package org.dlora.replica.kv;

import org.jspecify.annotations.Nullable;

/**
 * A full KV block in the prefix cache, which several sequences may hold. Its prefix never changes:
 * it says what the keys and values were computed from, and the cache finds the block by it. Cached
 * blocks are compared by identity, because a KV block may have other content later.
 */
public final class CachedBlock {
    private final CachedPrefix prefix;
    private final @Nullable CachedBlock parent;
    private final boolean exact;
    private final int number;

    /**
     * @param prefix the tokens up to the end of the block
     * @param parent the block before, null for a sequence's first block
     * @param exact whether unmerged steps alone have written the block; its parent is exact too
     * @param number of the KV block
     */
    CachedBlock(CachedPrefix prefix, @Nullable CachedBlock parent, boolean exact, int number) {
        this.prefix = prefix;
        this.parent = parent;
        this.exact = exact;
        this.number = number;
    }

    CachedPrefix prefix() {
        return prefix;
    }

    /** Returns its adapter and owner. */
    PrefixRoot root() {
        return prefix.key().root();
    }

    int number() {
        return number;
    }

    public boolean isExact() {
        return exact;
    }

    @Nullable CachedBlock parent() {
        return parent;
    }

    /** Returns how many blocks a sequence has up to {@code last}, that one included. */
    public static int depth(@Nullable CachedBlock last) {
        return last == null ? 0 : CachedPrefix.depth(last.prefix);
    }

    /** Returns how many of the blocks up to {@code last} are exact; these come first. */
    public static int exactDepth(@Nullable CachedBlock last) {
        var block = last;
        while (block != null && !block.isExact()) {
            block = block.parent();
        }
        return depth(block);
    }
}

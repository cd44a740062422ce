package org.dlora.replica.kv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A beginning of sequences of one adapter, in whole blocks, and the cached blocks that end it.
 * There are several blocks where merged weights and exact steps have computed the same tokens. All
 * of them stand for the same beginning, so a search follows prefixes and not blocks.
 */
final class CachedPrefix {
    private final Key key;
    private final int depth;
    private final List<CachedBlock> blocks = new ArrayList<>(1);

    /**
     * The tokens of a prefix; its parent stands for those before its last block. Two keys are equal
     * only if all parts are equal, whatever their hashes.
     *
     * @param root adapter and owner
     * @param parent the prefix without the last block, null for a sequence's first block
     * @param tokens ids of the last block's tokens
     * @param hash chained over the parents, so that it costs the block's own tokens only
     */
    record Key(PrefixRoot root, @Nullable CachedPrefix parent, int[] tokens, long hash) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that
                    && hash == that.hash
                    && parent == that.parent
                    && Arrays.equals(tokens, that.tokens)
                    // One parent has one root.
                    && (parent != null || root.equals(that.root));
        }

        @Override
        public int hashCode() {
            return Long.hashCode(hash);
        }
    }

    CachedPrefix(Key key) {
        this.key = key;
        depth = depth(key.parent) + 1;
    }

    Key key() {
        return key;
    }

    @Nullable CachedPrefix parent() {
        return key.parent;
    }

    /** Returns how many blocks a sequence has up to the end of {@code prefix}. */
    static int depth(@Nullable CachedPrefix prefix) {
        return prefix == null ? 0 : prefix.depth;
    }

    /** Returns whether no block is left. */
    boolean isEmpty() {
        return blocks.isEmpty();
    }

    boolean contains(CachedBlock block) {
        return blocks.contains(block);
    }

    Stream<CachedBlock> blocks() {
        return blocks.stream();
    }

    void add(CachedBlock block) {
        blocks.add(block);
    }

    void remove(CachedBlock block) {
        blocks.remove(block);
    }

    /** Returns a block that ends it, the exact one if there is one; null if there is none. */
    @Nullable CachedBlock last(boolean exactOnly) {
        CachedBlock merged = null;
        for (var block : blocks) {
            if (block.isExact()) {
                return block;
            }
            merged = merged == null ? block : merged;
        }
        return exactOnly ? null : merged;
    }

    /** Returns the block of a kind that follows {@code parent}; null if there is none. */
    @Nullable CachedBlock after(@Nullable CachedBlock parent, boolean exact) {
        for (var block : blocks) {
            if (block.parent() == parent && block.isExact() == exact) {
                return block;
            }
        }
        return null;
    }
}

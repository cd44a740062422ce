package org.dlora.replica;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A full KV block in the prefix cache, which several sequences may hold. Its {@link Content} never
 * changes: it says what the keys and values were computed from, and the cache finds the block by
 * it. Cached blocks are compared by identity, because a KV block may have other content later.
 */
final class CachedBlock {
    private final Content content;
    private final int number;
    private final int depth;

    /**
     * Everything that the keys and values of a block depend on. The parent stands for the tokens
     * before the block. Two contents are equal only if all parts are equal, whatever their hashes.
     *
     * @param owner content hash of the adapter, empty for the base model
     * @param parent the block before, null for a sequence's first block
     * @param tokens ids of the block's tokens
     * @param exact whether unmerged steps alone have written the block; its parent is exact too
     * @param hash chained over the parents, so that it costs the block's own tokens only
     */
    record Content(
            String owner, @Nullable CachedBlock parent, int[] tokens, boolean exact, long hash) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Content that
                    && hash == that.hash
                    && exact == that.exact
                    && parent == that.parent
                    && owner.equals(that.owner)
                    && Arrays.equals(tokens, that.tokens);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(hash);
        }
    }

    /**
     * @param number of the KV block
     */
    CachedBlock(Content content, int number) {
        this.content = content;
        this.number = number;
        depth = depth(content.parent) + 1;
    }

    Content content() {
        return content;
    }

    int number() {
        return number;
    }

    boolean isExact() {
        return content.exact;
    }

    @Nullable CachedBlock parent() {
        return content.parent;
    }

    /** Returns how many blocks a sequence has up to {@code last}, that one included. */
    static int depth(@Nullable CachedBlock last) {
        return last == null ? 0 : last.depth;
    }
}

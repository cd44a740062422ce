package org.dlora.engine;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A full KV block that others may use too: what its keys and values belong to is known and never
 * changes again. It is what it is by identity; {@link Content} finds it.
 */
final class CachedBlock {
    private final Content content;
    private final int number;
    private final int depth;

    /**
     * All that keys and values depend on: the adapter, the tokens of the block, and through the
     * parent those before. Equal only if all of that is equal, whatever the hashes; the hash
     * chains, so it costs the block's own tokens only.
     *
     * @param adapter content of an adapter; null for the base model
     * @param parent the block before, null for a sequence's first
     * @param tokens those of the block
     */
    record Content(@Nullable String adapter, @Nullable CachedBlock parent, int[] tokens, int hash) {
        static Content of(@Nullable String adapter, @Nullable CachedBlock parent, int[] tokens) {
            int before = parent == null ? Objects.hashCode(adapter) : parent.content.hash;
            return new Content(adapter, parent, tokens, 31 * before + Arrays.hashCode(tokens));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Content that
                    && parent == that.parent
                    && Objects.equals(adapter, that.adapter)
                    && Arrays.equals(tokens, that.tokens);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /**
     * @param number its KV block
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

    @Nullable CachedBlock parent() {
        return content.parent;
    }

    /** Blocks from a sequence's beginning to the end of {@code last}. */
    static int depth(@Nullable CachedBlock last) {
        return last == null ? 0 : last.depth;
    }
}

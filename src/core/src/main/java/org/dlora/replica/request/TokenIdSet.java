package org.dlora.replica.request;

import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.PrimitiveIterator;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Immutable set of token ids, ascending, of four bytes each. All sequences of a call share the sets
 * of its parameters, which may name the whole vocabulary.
 */
public final class TokenIdSet extends AbstractSet<Integer> {
    private static final TokenIdSet NONE = new TokenIdSet(new int[0]);

    private final int[] ids;

    private TokenIdSet(int[] ids) {
        this.ids = ids;
    }

    /** Returns the set of {@code tokens}; themselves if they are one. */
    public static TokenIdSet of(Collection<Integer> tokens) {
        if (tokens instanceof TokenIdSet compact) {
            return compact;
        }
        return tokens.isEmpty()
                ? NONE
                : new TokenIdSet(
                        tokens.stream().mapToInt(Integer::intValue).sorted().distinct().toArray());
    }

    /** Returns whether {@code token} is one of them. */
    public boolean has(int token) {
        return Arrays.binarySearch(ids, token) >= 0;
    }

    /** Calls {@code use} with each of them, the smallest first. */
    public void each(IntConsumer use) {
        for (int id : ids) {
            use.accept(id);
        }
    }

    /** Returns the smallest and the largest id, between which all others lie; none if empty. */
    public int[] ends() {
        return ends(ids);
    }

    /** Returns the first and the last of ascending ids; none of none. */
    static int[] ends(int[] ids) {
        return ids.length == 0 ? ids : new int[] {ids[0], ids[ids.length - 1]};
    }

    /** Returns the number of bytes that the ids take. */
    long bytes() {
        return (long) Integer.BYTES * ids.length;
    }

    @Override
    public boolean contains(@Nullable Object token) {
        return token instanceof Integer id && has(id);
    }

    @Override
    public PrimitiveIterator.OfInt iterator() {
        return IntStream.of(ids).iterator();
    }

    @Override
    public int size() {
        return ids.length;
    }
}

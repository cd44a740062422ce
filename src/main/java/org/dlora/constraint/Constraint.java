package org.dlora.constraint;

import org.jspecify.annotations.Nullable;

/**
 * A compiled constraint: which tokens may come next, and where a text may end. Immutable but for
 * what it remembers; safe from any thread.
 */
public final class Constraint {
    private final GrammarPlaces places;
    private final TokenMasks masks;
    private final ConstraintState start;
    private final long compiledBytes;

    /**
     * @param masks its own
     * @param compiledBytes of memory that its definition and its grammar take
     */
    Constraint(GrammarPlaces places, TokenMasks masks, long compiledBytes) {
        this.places = places;
        this.masks = masks;
        this.compiledBytes = compiledBytes;
        start = ConstraintState.at(places.start(), null, places);
    }

    /** Returns about the bytes of memory that it takes now, which grow as texts use it. */
    long bytes() {
        return compiledBytes + places.bytes() + masks.bytes();
    }

    /** Returns the state of the empty text. */
    public ConstraintState start() {
        return start;
    }

    /**
     * Returns the state after {@code token}; null if it must not come.
     *
     * @throws ArithmeticException if the constraint needs more states than are allowed
     */
    public @Nullable ConstraintState accept(ConstraintState state, int token) {
        byte[] bytes = masks.trie().token(token);
        return bytes.length == 0 ? null : accept(state, bytes);
    }

    @Nullable ConstraintState accept(ConstraintState state, byte[] bytes) {
        var after = state;
        for (byte b : bytes) {
            after = after.next(b & 0xFF, places);
            if (after.isDead()) {
                return null;
            }
        }
        return after;
    }

    /**
     * Returns the tokens that may come next: those after which the text can still be completed.
     * Ends of answers are none of them.
     *
     * @throws ArithmeticException if the constraint needs more states than are allowed
     */
    public TokenMask mask(ConstraintState state) {
        return masks.mask(state, places);
    }
}

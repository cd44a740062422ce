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
    private final int size;

    /**
     * @param size nodes of its grammar
     */
    Constraint(GrammarPlaces places, TokenMasks masks, int size) {
        this.places = places;
        this.masks = masks;
        this.size = size;
        start = ConstraintState.at(places.start(), null, places);
    }

    int size() {
        return size;
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
     * Returns the tokens that may come next: those after which the text can still be completed. Ends
     * of answers are none of them.
     *
     * @throws ArithmeticException if the constraint needs more states than are allowed
     */
    public TokenMask mask(ConstraintState state) {
        return masks.mask(state, places);
    }
}

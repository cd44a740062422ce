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
    private final Runnable grown;

    /**
     * @param masks its own
     * @param compiledBytes of memory that its definition and its grammar take
     * @param grown is called after what may have made it remember more
     */
    Constraint(GrammarPlaces places, TokenMasks masks, long compiledBytes, Runnable grown) {
        this.places = places;
        this.masks = masks;
        this.compiledBytes = compiledBytes;
        this.grown = grown;
        start = ConstraintState.at(places.start(), null, places);
    }

    /** Returns about the bytes of memory that it takes now, which grow as texts use it. */
    long bytes() {
        return compiledBytes + rememberedBytes();
    }

    long rememberedBytes() {
        return places.bytes() + masks.bytes();
    }

    /** Returns the bytes of memory that it takes without what it remembers. */
    long compiledBytes() {
        return compiledBytes;
    }

    /** Forgets what it remembers, which it finds again as texts need it. */
    void forget() {
        places.forget();
        masks.forget();
    }

    /** Counts for the budget of its vocabulary no more. */
    void leave() {
        places.leave();
        masks.leave();
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
        byte[] bytes = masks.vocabulary().token(token);
        var after = bytes.length == 0 ? null : accept(state, bytes);
        grown.run();
        return after;
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
        return mask(state, MaskBudget.unbounded());
    }

    /**
     * Returns the mask as above, within the budget of a step.
     *
     * @throws MaskPostponedException if the mask needs more work than is left
     */
    public TokenMask mask(ConstraintState state, MaskBudget budget) {
        try {
            return masks.mask(state, places, budget);
        } finally {
            grown.run();
        }
    }
}

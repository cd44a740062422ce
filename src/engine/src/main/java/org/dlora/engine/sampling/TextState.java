package org.dlora.engine.sampling;

import org.dlora.constraint.Constraint;
import org.dlora.constraint.ConstraintState;
import org.dlora.constraint.MaskBudget;
import org.dlora.constraint.TokenMask;
import org.jspecify.annotations.Nullable;

/** The text of one sequence under a constraint. It follows from the tokens of the sequence. */
final class TextState {
    private final Constraint constraint;
    private ConstraintState state;

    /** The state after the token that was asked for last, which mostly comes. */
    private @Nullable ConstraintState ahead;

    private int aheadToken = -1;

    TextState(Constraint constraint) {
        this.constraint = constraint;
        state = constraint.start();
    }

    /** Returns whether the text may end here. */
    boolean mayEnd() {
        return state.isComplete();
    }

    /** Returns whether the text must end here. */
    boolean mustEnd() {
        return state.isComplete() && state.isEnd();
    }

    boolean allows(int token) {
        return after(token) != null;
    }

    private @Nullable ConstraintState after(int token) {
        if (token != aheadToken) {
            ahead = constraint.accept(state, token);
            aheadToken = token;
        }
        return ahead;
    }

    TokenMask mask(MaskBudget budget) {
        return constraint.mask(state, budget);
    }

    /**
     * Goes on with a token.
     *
     * @param isEnding whether it may end the sequence
     * @throws IllegalStateException if the constraint excludes it
     */
    void add(int token, boolean isEnding) {
        var next = after(token);
        if (next != null) {
            state = next;
            aheadToken = -1;
        } else if (!isEnding) {
            throw new IllegalStateException(
                    "The constraint of a sequence excludes its token " + token);
        }
    }
}

package org.dlora.constraint;

/**
 * Signal that a mask needs more work than the {@link MaskBudget} of its step has left. What was
 * found of the mask is remembered for the next attempt.
 */
public final class MaskPostponedException extends RuntimeException {
    MaskPostponedException() {
        super("The step has no work left for the mask", null, false, false);
    }
}

package org.dlora.scheduling;

/**
 * The sizes that determine the cost of an adapter.
 *
 * @param rank largest of its modules; for people
 * @param elements numbers in its A and B matrices: a row of it multiplies with each once, and a
 *     step with at least one such row reads them all
 * @param mergeBytes bytes of the base matrices that it adapts, read and written by a merge
 * @param mergeFlops floating-point operations of all its {@code s·B·A}
 */
public record LoraFacts(int rank, long elements, long mergeBytes, long mergeFlops) {
    /** Sizes of the base model. */
    public static final LoraFacts NONE = new LoraFacts(0, 0, 0, 0);
}

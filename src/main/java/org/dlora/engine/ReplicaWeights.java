package org.dlora.engine;

import java.util.Optional;

/**
 * The weights of a replica, into which one adapter at a time can be merged: {@link #begin}, {@link
 * #advance} between steps until it is ready, {@link #commit}. Steps go on meanwhile in the mode in
 * effect. Belongs to the replica's thread; what fails leaves the mode in effect as it is, but
 * {@link #begin} may have unmerged before, for want of memory.
 */
interface ReplicaWeights {
    /** Id of the adapter that is merged. */
    Optional<String> merged();

    /** Id of the adapter whose merge was begun and is not in effect yet. */
    Optional<String> building();

    /** Id of an adapter whose merge needs no more than {@link #restore}: its copies were kept. */
    Optional<String> kept();

    /** Multiply-adds until what was begun is ready; 0 if nothing was. */
    long remaining();

    /** Bytes of the replica's own copies of weights, in use or kept for the next merge. */
    long copyBytes();

    /** Bytes that all copies may take. */
    long memory();

    /**
     * Begins to merge an adapter, in place of a merge that was begun before. May unmerge for want
     * of memory for both.
     *
     * @param terms must stay until {@link #forget}
     * @throws IllegalArgumentException if it cannot be merged
     * @throws IllegalStateException if it is merged already
     */
    void begin(String adapter, AdapterTerms terms);

    /**
     * Goes on with what was begun, by about so much work, at least a slice.
     *
     * @return whether it is ready
     * @throws OutOfMemoryError if there is no memory for it; it is cancelled then, as with any
     *     failure
     */
    boolean advance(long multiplyAdds);

    /** Puts what was begun into effect, from the next step on; it must be ready. */
    void commit();

    /**
     * Puts what was {@link #kept} into effect, from the next step on. What was begun goes on if
     * there is room for both.
     *
     * @param terms must stay until {@link #forget}
     */
    void restore(String adapter, AdapterTerms terms);

    /** From the next step on nothing is merged. */
    void unmerge();

    /** Gives up what was begun; if it is ready, it is kept. */
    void cancel();

    /** Unmerges {@code adapter} if it is merged, and keeps nothing of it: its terms may go. */
    void forget(String adapter);

    /** Frees the copies that are not in use. */
    void release();
}

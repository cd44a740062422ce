package org.dlora.engine.merging;

import java.util.Optional;
import org.dlora.adapter.weights.MergeTerms;

/**
 * The weights of a replica, into which one adapter at a time can be merged: {@link #begin}, {@link
 * #advance} between steps until it is ready, {@link #commit}. Steps go on meanwhile in the mode in
 * effect. Belongs to the replica's thread. A failure leaves the mode in effect as it is, but {@link
 * #begin} may have unmerged before, for want of memory.
 */
public interface ReplicaWeights {
    /** Returns which adapters, by id, are merged, being merged and kept; and the copies' memory. */
    WeightStatus status();

    /** Returns the adapter that is merged. */
    default Optional<String> merged() {
        return status().merged();
    }

    /** Returns the adapter whose merge was begun and is not in effect yet. */
    default Optional<String> building() {
        return status().building();
    }

    /** Returns the adapter whose merge needs no more than {@link #restore}. */
    default Optional<String> kept() {
        return status().kept();
    }

    /** Returns the multiply-adds until the merge that was begun is ready; 0 if none was begun. */
    default long remaining() {
        return status().remaining();
    }

    /** Returns the bytes of the replica's own copies of weights, in use or kept. */
    default long copyBytes() {
        return status().copyBytes();
    }

    /** Returns the bytes of the copies that are kept and that no merge in progress needs. */
    default long idleBytes() {
        return status().idleBytes();
    }

    /** Returns the bytes that all copies may take now. */
    default long memory() {
        return status().limit();
    }

    /**
     * Begins to merge an adapter, in place of a merge that was begun before. May unmerge for want
     * of memory for both. If memory is refused, nothing changes.
     *
     * @param adapter id of one content
     * @param terms must stay until {@link #forget}
     * @return why memory is refused; empty if the merge has begun
     * @throws IllegalArgumentException if it cannot be merged
     * @throws IllegalStateException if it is merged already
     */
    Optional<String> begin(String adapter, MergeTerms terms);

    /**
     * Goes on with the merge that was begun, by about {@code multiplyAdds}, at least a slice.
     *
     * @return whether it is ready
     * @throws OutOfMemoryError if there is no memory for it; it is cancelled then, as with any
     *     failure
     */
    boolean advance(long multiplyAdds);

    /** Puts the merge that was begun into effect, from the next step on; it must be ready. */
    void commit();

    /**
     * Puts the adapter that is {@link #kept} into effect, from the next step on. A merge that was
     * begun goes on if there is room for both.
     *
     * @throws IllegalStateException if {@code adapter} is not kept
     */
    void restore(String adapter);

    /** Puts the base's weights into effect, from the next step on. */
    void unmerge();

    /** Returns whether the weights in effect are where steps read them; no step may run before. */
    default boolean isSettled() {
        return true;
    }

    /**
     * Copies the weights in effect to where steps read them. After a failure they are unknown until
     * this succeeds.
     */
    default void settle() {}

    /** Gives up the merge that was begun; if it is ready, it is kept. */
    void cancel();

    /** Unmerges {@code adapter} if it is merged, and keeps nothing of it: its terms may go. */
    void forget(String adapter);

    /** Frees the copies that are not in use. */
    void release();
}

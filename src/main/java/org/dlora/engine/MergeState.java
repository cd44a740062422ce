package org.dlora.engine;

import java.util.Optional;
import org.dlora.adapter.MergeTerms;
import org.dlora.model.LiveWeights;
import org.dlora.model.LoraGroups;
import org.jspecify.annotations.Nullable;

/**
 * Which adapter is in a replica's weights, and which one is on its way in: {@link #begin}, {@link
 * #advance} between steps until it is ready, {@link #commit}. Steps go on meanwhile in the mode in
 * effect; keys and values written in one mode are read in any other. Belongs to the replica's
 * thread; a failure leaves the mode in effect as it is.
 */
final class MergeState implements AutoCloseable {
    private final LiveWeights weights;
    private @Nullable Merged merged;
    private @Nullable Merged next;

    /**
     * Unmerged.
     *
     * @param weights read by the steps; owned by this
     */
    MergeState(LiveWeights weights) {
        this.weights = weights;
    }

    /** Id of the adapter that is merged. */
    Optional<String> merged() {
        return weights.merged();
    }

    /** Id of the adapter whose merge was begun and is not in effect yet. */
    Optional<String> building() {
        return weights.building();
    }

    /** Multiply-adds until what was begun is ready; 0 if nothing was. */
    long remaining() {
        return weights.remaining();
    }

    /** Bytes of the replica's own copies of weights, in use or kept for the next merge. */
    long copyBytes() {
        return weights.copyBytes();
    }

    /**
     * Begins to merge an adapter, in place of a merge that was begun before.
     *
     * @param terms must stay until {@link #forget}
     * @throws IllegalArgumentException if it cannot be merged
     * @throws IllegalStateException if it is merged already
     */
    void begin(String adapter, MergeTerms terms) {
        terms.obstacle()
                .ifPresent(why -> {
                    throw new IllegalArgumentException(
                            "Adapter " + adapter + " cannot be merged: " + why);
                });
        weights.begin(adapter, terms);
        next = new Merged(adapter, terms);
    }

    /**
     * Goes on with what was begun, by about so much work, at least a slice.
     *
     * @return whether it is ready
     * @throws OutOfMemoryError if there is no memory for it; it is cancelled then, as with any
     *     failure
     */
    boolean advance(long multiplyAdds) {
        return weights.advance(multiplyAdds);
    }

    /** Puts what was begun into effect, from the next step on; it must be ready. */
    void commit() {
        weights.commit();
        merged = next;
        next = null;
    }

    /** From the next step on nothing is merged. */
    void unmerge() {
        weights.unmerge();
        merged = null;
    }

    /** Gives up what was begun. */
    void cancel() {
        weights.cancel();
        next = null;
    }

    /** Unmerges {@code adapter} if it is merged, and keeps nothing of it: its terms may go. */
    void forget(String adapter) {
        weights.forget(adapter);
        merged = merged().isPresent() ? merged : null;
        next = building().isPresent() ? next : null;
    }

    /** Frees the copies that are not in use. */
    void release() {
        weights.release();
    }

    /**
     * What the rows of a step need in the mode in effect.
     *
     * @throws IllegalStateException if a row is of another adapter or of the base and the merged
     *     one does not mix
     */
    LoraGroups groups(AdapterGroups rows) {
        var now = merged;
        if (now == null) {
            return rows;
        }
        now.terms()
                .mixingObstacle()
                .filter(_ -> !rows.areAllOf(now.adapter()))
                .ifPresent(why -> {
                    throw new IllegalStateException(
                            "Rows of others cannot run while "
                                    + now.adapter()
                                    + " is merged: "
                                    + why);
                });
        return rows.with(now);
    }

    /** Frees all copies. */
    @Override
    public void close() {
        weights.close();
        merged = null;
        next = null;
    }
}

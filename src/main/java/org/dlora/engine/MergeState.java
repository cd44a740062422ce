package org.dlora.engine;

import java.util.Optional;
import org.dlora.adapter.MergeTerms;
import org.dlora.model.LiveWeights;
import org.dlora.model.LoraGroups;
import org.dlora.model.StepWeights;
import org.jspecify.annotations.Nullable;

/**
 * Which adapter is in a replica's weights, and which one is on its way in: {@link #begin}, {@link
 * #advance} between steps until it is ready, {@link #commit}. Steps go on meanwhile in the mode in
 * effect; keys and values written in one mode are read in any other. Belongs to the replica's
 * thread; a failure leaves the mode in effect as it is, but {@link #begin} may have unmerged
 * before, for want of memory.
 */
final class MergeState implements ReplicaWeights, AutoCloseable {
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

    /** What steps read. */
    StepWeights weights() {
        return weights;
    }

    @Override
    public Optional<String> merged() {
        return weights.merged();
    }

    @Override
    public Optional<String> building() {
        return weights.building();
    }

    @Override
    public Optional<String> kept() {
        return weights.kept();
    }

    @Override
    public long remaining() {
        return weights.remaining();
    }

    @Override
    public long copyBytes() {
        return weights.copyBytes();
    }

    @Override
    public long memory() {
        return weights.limit();
    }

    @Override
    public void begin(String adapter, AdapterTerms terms) {
        begin(adapter, merge(adapter, terms));
    }

    private static MergeTerms merge(String adapter, AdapterTerms terms) {
        return terms.merge()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "Adapter " + adapter + " has nothing to merge"));
    }

    /**
     * Begins to merge an adapter, in place of a merge that was begun before. Where the memory for
     * merged weights does not hold those of both, what is merged is unmerged first.
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
        if (!weights.hasRoomFor(adapter, terms)) {
            unmerge();
        }
        weights.begin(adapter, terms);
        next = new Merged(adapter, terms);
    }

    @Override
    public boolean advance(long multiplyAdds) {
        return weights.advance(multiplyAdds);
    }

    @Override
    public void commit() {
        weights.commit();
        merged = next;
        next = null;
    }

    @Override
    public void restore(String adapter, AdapterTerms terms) {
        restore(adapter, merge(adapter, terms));
    }

    /**
     * As with its terms as a replica serves them.
     *
     * @throws IllegalStateException if it was not kept
     */
    void restore(String adapter, MergeTerms terms) {
        weights.restore(adapter, terms);
        merged = new Merged(adapter, terms);
        next = building().isPresent() ? next : null;
    }

    @Override
    public void unmerge() {
        weights.unmerge();
        merged = null;
    }

    @Override
    public void cancel() {
        weights.cancel();
        next = null;
    }

    @Override
    public void forget(String adapter) {
        weights.forget(adapter);
        merged = merged().isPresent() ? merged : null;
        next = building().isPresent() ? next : null;
    }

    @Override
    public void release() {
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

    @Override
    public void close() {
        weights.close();
        merged = null;
        next = null;
    }
}

package org.dlora.engine.weights;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.weights.LiveWeights;
import org.dlora.model.weights.StepWeights;
import org.dlora.model.weights.WeightStatus;

/**
 * The {@link LiveWeights} that a replica's steps read, and the LoRA groups that a step needs beside
 * them. Keys and values written in one mode are read in any other.
 */
public final class MergeState implements ReplicaWeights, AutoCloseable {
    private final LiveWeights weights;

    /** Terms of the adapters that were begun or restored, until they are forgotten. */
    private final Map<String, MergeTerms> terms = new HashMap<>();

    /**
     * @param weights owned by this
     */
    public MergeState(LiveWeights weights) {
        this.weights = weights;
    }

    /** Returns the weights that steps read. */
    public StepWeights weights() {
        return weights;
    }

    @Override
    public WeightStatus status() {
        return weights.status();
    }

    @Override
    public Optional<String> begin(String adapter, AdapterTerms its) {
        var merge = merge(adapter, its);
        merge.obstacle()
                .ifPresent(why -> {
                    throw new IllegalArgumentException(
                            "Adapter " + adapter + " cannot be merged: " + why);
                });
        var refusal =
                weights.hasRoomFor(adapter, merge)
                        ? weights.begin(adapter, merge)
                        : weights.beginInPlace(adapter, merge);
        if (refusal.isPresent() && weights.merged().isPresent()) {
            refusal = weights.beginInPlace(adapter, merge);
        }
        if (refusal.isEmpty()) {
            terms.put(adapter, merge);
        } else {
            weights.refused(adapter, merge);
        }
        return refusal;
    }

    private static MergeTerms merge(String adapter, AdapterTerms terms) {
        return terms.merge()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "Adapter " + adapter + " has nothing to merge"));
    }

    @Override
    public boolean advance(long multiplyAdds) {
        return weights.advance(multiplyAdds);
    }

    @Override
    public void commit() {
        weights.commit();
    }

    @Override
    public void restore(String adapter, AdapterTerms its) {
        var merge = merge(adapter, its);
        weights.restore(adapter, merge);
        terms.put(adapter, merge);
    }

    @Override
    public void unmerge() {
        weights.unmerge();
    }

    @Override
    public boolean isSettled() {
        return weights.isSettled();
    }

    @Override
    public void settle() {
        weights.settle();
    }

    @Override
    public void cancel() {
        weights.cancel();
    }

    @Override
    public void forget(String adapter) {
        weights.forget(adapter);
        terms.remove(adapter);
    }

    @Override
    public void release() {
        weights.release();
    }

    /**
     * Returns the groups that the rows of a step need in the mode in effect.
     *
     * @throws IllegalStateException if a row is of another adapter or of the base and the merged
     *     one does not mix
     */
    public LoraGroups groups(AdapterGroups rows) {
        return weights.merged().<LoraGroups>map(id -> groups(rows, merged(id))).orElse(rows);
    }

    private MergeInEffect merged(String adapter) {
        return new MergeInEffect(adapter, requireNonNull(terms.get(adapter)));
    }

    private static LoraGroups groups(AdapterGroups rows, MergeInEffect merged) {
        merged.terms()
                .mixingObstacle()
                .filter(_ -> !rows.areAllOf(merged.adapter()))
                .ifPresent(why -> {
                    throw new IllegalStateException(
                            "Rows of others cannot run while "
                                    + merged.adapter()
                                    + " is merged: "
                                    + why);
                });
        return rows.with(merged);
    }

    @Override
    public void close() {
        weights.close();
    }
}

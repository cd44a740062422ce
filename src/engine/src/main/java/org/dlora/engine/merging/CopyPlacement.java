package org.dlora.engine.merging;

import java.util.Map;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.model.LayerSite;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.LayerWeights;

/** Placement of the copies of a replica's merged weights, which decides how they take effect. */
sealed interface CopyPlacement extends AutoCloseable permits CopiesBeside, ParkedCopies {
    /** Returns the placement of copies of {@code base}, with no copies in effect. */
    static CopyPlacement of(DecoderWeights base, Operations operations) {
        return base.parked()
                .<CopyPlacement>map(parked -> new ParkedCopies(base, parked, operations))
                .orElseGet(() -> new CopiesBeside(base));
    }

    /**
     * Names the copies that steps read from the next {@link #settle} on. They stay as they are
     * while they are in effect.
     */
    void put(Map<LayerSite, WeightMatrix> copies);

    /** Brings what was put to where steps read it. */
    void settle();

    /** Returns whether steps would read what was put last. */
    boolean isSettled();

    /**
     * Checks that it is settled.
     *
     * @throws IllegalStateException if steps would not read what was put last
     */
    default void requireSettled() {
        if (!isSettled()) {
            throw new IllegalStateException("The weights are not settled, so no step may run");
        }
    }

    /** Returns the matrices of a layer as steps read them. */
    LayerWeights layer(int layer);

    /** Returns the matrix of {@code at}, an end of the model, as steps read it. */
    WeightMatrix end(LayerSite at);

    /** Leaves the base as it was. */
    @Override
    void close();
}

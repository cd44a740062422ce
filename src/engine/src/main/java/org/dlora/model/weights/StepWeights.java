package org.dlora.model.weights;

import java.util.Optional;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;

/** The weights that a step reads: a base model's own, or with an adapter merged into them. */
public abstract class StepWeights {

    /** Returns the embedding, {@code [vocab, hidden]}. */
    public abstract WeightMatrix embedding();

    public abstract LayerWeights layer(int layer);

    public abstract WeightVector finalNorm();

    /**
     * Returns the output matrix, {@code [vocab, hidden]}; the embedding itself where the model ties
     * them.
     */
    public abstract WeightMatrix output();

    /** Returns the index of {@link #output}, if the device has one for it. */
    public abstract Optional<ArgMaxIndex> outputIndex();

    /** Returns the rotary cosines, {@code [maxPositions, headDim / 2]}. */
    public abstract WeightVector cos();

    /** Returns the rotary sines, {@code [maxPositions, headDim / 2]}. */
    public abstract WeightVector sin();

    /** Returns how many positions a sequence may have. */
    public abstract int maxPositions();

    /**
     * Returns the version of the weights that the next step reads: steps of one version read the
     * same matrices, at the same addresses. See {@link org.dlora.device.StepEpoch}.
     */
    public abstract long version();
}

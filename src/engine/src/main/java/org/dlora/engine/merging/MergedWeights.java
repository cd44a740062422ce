package org.dlora.engine.merging;

import org.dlora.device.WeightVector;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.StepWeights;

/** A base's weights with copies of some matrices. Matrices without a copy are the base's. */
abstract sealed class MergedWeights extends StepWeights permits LiveWeights, PassingWeights {
    final DecoderWeights base;

    MergedWeights(DecoderWeights base) {
        this.base = base;
    }

    @Override
    public WeightVector finalNorm() {
        return base.finalNorm();
    }

    @Override
    public WeightVector cos() {
        return base.cos();
    }

    @Override
    public WeightVector sin() {
        return base.sin();
    }

    @Override
    public int maxPositions() {
        return base.maxPositions();
    }
}

package org.dlora.model;

import java.util.Optional;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;

/** The packed weights of one decoder layer. */
record LayerWeights(
        WeightVector inputNorm,
        Linear qkv,
        Optional<WeightVector> qNorm,
        Optional<WeightVector> kNorm,
        Linear output,
        WeightVector postAttentionNorm,
        Linear gateUp,
        Linear down) {

    /**
     * A linear layer.
     *
     * @param weight {@code [outputs, inputs]}, the parts of a fused site stacked
     * @param bias {@code [outputs]}
     */
    record Linear(WeightMatrix weight, Optional<WeightVector> bias) {}
}

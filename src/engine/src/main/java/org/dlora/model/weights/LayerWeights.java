package org.dlora.model.weights;

import java.util.Optional;
import java.util.function.Function;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.model.LinearSite;

/** The packed weights of one decoder layer. */
public record LayerWeights(
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
    public record Linear(WeightMatrix weight, Optional<WeightVector> bias) {
        private Linear with(Optional<WeightMatrix> other) {
            return new Linear(other.orElse(weight), bias);
        }
    }

    /** Returns the linear layer at a site. */
    public Linear at(LinearSite site) {
        return switch (site) {
            case QKV -> qkv;
            case O -> output;
            case GATE_UP -> gateUp;
            case DOWN -> down;
            case EMBEDDING, OUTPUT -> throw new IllegalArgumentException(site + " is in no layer");
        };
    }

    /** Returns these weights, with the matrices of {@code others} in place of their own. */
    public LayerWeights with(Function<LinearSite, Optional<WeightMatrix>> others) {
        return new LayerWeights(
                inputNorm,
                qkv.with(others.apply(LinearSite.QKV)),
                qNorm,
                kNorm,
                output.with(others.apply(LinearSite.O)),
                postAttentionNorm,
                gateUp.with(others.apply(LinearSite.GATE_UP)),
                down.with(others.apply(LinearSite.DOWN)));
    }
}

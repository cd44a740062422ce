package org.dlora.model;

/**
 * A named linear module of a checkpoint, e.g. {@code model.layers.3.self_attn.k_proj}, and the
 * outputs of a fused linear layer that are its own.
 *
 * @param name path in the Hugging Face module tree, without {@code .weight}
 * @param layer {@link LinearSite#NO_LAYER} for the embedding and the output matrix
 * @param firstOutput first of its outputs in the fused site
 */
public record LinearModule(
        String name, int layer, LinearSite site, int firstOutput, int outputs, int inputs) {

    /** Returns the linear layer that the module is a part of. */
    public LayerSite at() {
        return site.in(layer);
    }
}

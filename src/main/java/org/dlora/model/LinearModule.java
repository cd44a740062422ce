package org.dlora.model;

/**
 * One named linear module of a checkpoint, e.g. {@code model.layers.3.self_attn.k_proj}: where it
 * lies in the fused layers.
 *
 * @param name path in the Hugging Face module tree, without {@code .weight}
 * @param layer {@link LinearSite#NO_LAYER} for the embedding and the output matrix
 * @param firstOutput first of its outputs in the fused site
 */
public record LinearModule(
        String name, int layer, LinearSite site, int firstOutput, int outputs, int inputs) {}

package org.dlora.model;

/**
 * The linear layers of a decoder: four in each of its layers, and one at either end. Projections
 * with the same input are one matrix: q, k and v rows stacked, gate and up rows stacked. An
 * adapter's module addresses its slice of the outputs.
 */
public enum LinearSite {
    /** {@code q_proj, k_proj, v_proj}, or Phi-3's {@code qkv_proj}. */
    QKV,
    /** {@code o_proj}. */
    O,
    /** {@code gate_proj, up_proj}, or Phi-3's {@code gate_up_proj}. */
    GATE_UP,
    /** {@code down_proj}. */
    DOWN,
    /** {@code embed_tokens}, whose inputs are one-hot tokens; in no layer. */
    EMBEDDING,
    /** {@code lm_head}; in no layer. */
    OUTPUT;

    /** Layer number of the sites that are in no layer. */
    public static final int NO_LAYER = -1;

    /** Returns whether each decoder layer has this site. */
    public boolean isInLayers() {
        return this != EMBEDDING && this != OUTPUT;
    }

    /** Returns this site of decoder layer {@code layer}. */
    public LayerSite in(int layer) {
        return new LayerSite(layer, this);
    }
}

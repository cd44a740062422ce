package org.dlora.model;

/**
 * The four linear layers of a decoder layer. Projections with the same input are one matrix: q, k
 * and v rows stacked, gate and up rows stacked; an adapter's module addresses its slice of the
 * outputs.
 */
public enum LinearSite {
    /** {@code q_proj, k_proj, v_proj}, or Phi-3's {@code qkv_proj}. */
    QKV,
    /** {@code o_proj}. */
    O,
    /** {@code gate_proj, up_proj}, or Phi-3's {@code gate_up_proj}. */
    GATE_UP,
    /** {@code down_proj}. */
    DOWN
}

package org.dlora.device;

/**
 * One low-rank term {@code y[firstOutput .. firstOutput + n) += scale · B·(A·x)} of a linear layer
 * (LoRA, Hu et al. 2021).
 *
 * @param a {@code [r, k]}, the shrink
 * @param b {@code [n, r]}, the expand
 * @param firstOutput where the term's n outputs begin in the (possibly fused) layer's outputs
 * @param scale {@code alpha / r}, or {@code alpha / sqrt(r)} for rsLoRA
 */
public record LoraTerm(WeightMatrix a, WeightMatrix b, int firstOutput, float scale) {}

package org.dlora.adapter;

import org.dlora.model.LinearModule;
import org.dlora.tensor.Tensor;

/**
 * One adapted module.
 *
 * @param module where it acts
 * @param a {@code lora_A.weight}, {@code [r, in]}
 * @param b {@code lora_B.weight}, {@code [out, r]}
 * @param scale {@code alpha / r}, or {@code alpha / sqrt(r)} for rsLoRA
 */
public record LoraModule(LinearModule module, int rank, float scale, Tensor a, Tensor b) {}

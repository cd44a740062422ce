package org.dlora.adapter.content;

import java.util.Optional;
import org.dlora.model.LinearModule;
import org.dlora.tensor.Tensor;

/**
 * A module that an adapter changes by a low rank.
 *
 * @param module the module that it changes
 * @param alpha {@code lora_alpha}, or the module's value in {@code alpha_pattern}
 * @param scale {@code alpha / r}, or {@code alpha / sqrt(r)} for rsLoRA
 * @param a {@code lora_A.weight} or {@code lora_embedding_A}, {@code [r, in]}
 * @param b {@code lora_B.weight} or {@code lora_embedding_B}, {@code [out, r]}
 * @param biasOfB {@code lora_B.bias}, {@code [out]}
 * @param magnitude DoRA's {@code lora_magnitude_vector}, {@code [out]}
 */
public record LoraModule(
        LinearModule module,
        int rank,
        double alpha,
        float scale,
        Tensor a,
        Tensor b,
        Optional<Tensor> biasOfB,
        Optional<Tensor> magnitude) {}

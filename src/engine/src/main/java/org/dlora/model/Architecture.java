package org.dlora.model;

import java.util.Arrays;
import java.util.Optional;

/**
 * The architectures of the family, with the defaults of their transformers configuration classes
 * where those differ. Sizes without which a checkpoint makes no sense have no default here.
 */
enum Architecture {
    LLAMA("LlamaForCausalLM", 1e-6, 2048),
    MISTRAL("MistralForCausalLM", 1e-6, 131_072),
    QWEN2("Qwen2ForCausalLM", 1e-6, 32_768),
    QWEN3("Qwen3ForCausalLM", 1e-6, 32_768),
    PHI3("Phi3ForCausalLM", 1e-5, 4096);

    private final String className;
    private final double rmsNormEps;
    private final int maxPositions;

    Architecture(String className, double rmsNormEps, int maxPositions) {
        this.className = className;
        this.rmsNormEps = rmsNormEps;
        this.maxPositions = maxPositions;
    }

    static Optional<Architecture> named(String className) {
        return Arrays.stream(values()).filter(a -> a.className.equals(className)).findFirst();
    }

    /** Returns the name in {@code architectures}. */
    String className() {
        return className;
    }

    double rmsNormEps() {
        return rmsNormEps;
    }

    int maxPositions() {
        return maxPositions;
    }

    /** Returns {@code num_key_value_heads} where the key is absent. */
    int kvHeads(int heads) {
        return switch (this) {
            case LLAMA, PHI3 -> heads;
            case MISTRAL -> 8;
            case QWEN2, QWEN3 -> 32;
        };
    }

    /** Returns {@code head_dim} where there is none. */
    int headDim(int hiddenSize, int heads) {
        return this == QWEN3 ? 128 : hiddenSize / heads;
    }

    boolean qkvBias(boolean attentionBias) {
        return this == QWEN2 || outputBias(attentionBias);
    }

    boolean outputBias(boolean attentionBias) {
        return (this == LLAMA || this == QWEN3) && attentionBias;
    }

    boolean hasQkNorm() {
        return this == QWEN3;
    }

    boolean hasFusedProjections() {
        return this == PHI3;
    }
}

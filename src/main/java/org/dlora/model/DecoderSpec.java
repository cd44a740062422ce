package org.dlora.model;

import org.dlora.device.AttentionShape;
import org.dlora.tensor.DType;

/**
 * What {@code config.json} says of a decoder of the Llama family, architecture names resolved into features.
 *
 * @param architecture as in {@code architectures[0]}, e.g. {@code LlamaForCausalLM}
 * @param maxPositions {@code max_position_embeddings}
 * @param window sliding window of attention in positions, 0 = none; per layer in {@link #window(int)}
 * @param firstWindowedLayer layers from this one on use the window (Qwen2's {@code max_window_layers}); 0 = all
 * @param tiedEmbeddings the output matrix is the embedding
 * @param qkNorm RMSNorm on each head of q and k (Qwen3)
 * @param dtype dtype of the checkpoint's weights
 */
public record DecoderSpec(
        String architecture,
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        float rmsNormEps,
        RopeSpec rope,
        int maxPositions,
        int window,
        int firstWindowedLayer,
        boolean tiedEmbeddings,
        boolean qkvBias,
        boolean outputBias,
        boolean mlpBias,
        boolean qkNorm,
        boolean fusedProjections,
        DType dtype) {

    /** Head layout and window of layer {@code layer}. */
    public AttentionShape attention(int layer) {
        int layerWindow = layer >= firstWindowedLayer ? window : 0;
        return new AttentionShape(heads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), layerWindow);
    }

    /** Outputs of the linear layer {@code site}, all fused parts together. */
    public int outputs(LinearSite site) {
        return switch (site) {
            case QKV -> (heads + 2 * kvHeads) * headDim;
            case O, DOWN -> hiddenSize;
            case GATE_UP -> 2 * intermediateSize;
        };
    }

    /** Inputs of the linear layer {@code site}. */
    public int inputs(LinearSite site) {
        return switch (site) {
            case QKV, GATE_UP -> hiddenSize;
            case O -> heads * headDim;
            case DOWN -> intermediateSize;
        };
    }
}

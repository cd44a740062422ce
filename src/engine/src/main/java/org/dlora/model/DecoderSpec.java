package org.dlora.model;

import java.util.List;
import java.util.stream.Stream;
import org.dlora.device.AttentionShape;

/**
 * The shape of a decoder of the Llama family by its {@code config.json}, with architecture names
 * resolved into features.
 *
 * @param architecture as in {@code architectures[0]}, e.g. {@code LlamaForCausalLM}
 * @param maxPositions {@code max_position_embeddings}
 * @param windows sliding window of attention of each layer in positions, 0 = none
 * @param tiedEmbeddings the output matrix is the embedding
 * @param qkNorm RMSNorm on each head of q and k (Qwen3)
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
        List<Integer> windows,
        boolean tiedEmbeddings,
        boolean qkvBias,
        boolean outputBias,
        boolean mlpBias,
        boolean qkNorm,
        boolean fusedProjections) {

    public DecoderSpec {
        windows = List.copyOf(windows);
    }

    /** Returns head layout and window of layer {@code layer}. */
    public AttentionShape attention(int layer) {
        return new AttentionShape(
                heads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), windows.get(layer));
    }

    /** Returns the elements of all matrices; one that two sites share counts once. */
    public long matrixElements() {
        long layer =
                Stream.of(LinearSite.QKV, LinearSite.O, LinearSite.GATE_UP, LinearSite.DOWN)
                        .mapToLong(site -> (long) outputs(site) * inputs(site))
                        .sum();
        return layers * layer + (tiedEmbeddings ? 1L : 2L) * vocabSize * hiddenSize;
    }

    /** Returns the outputs of the linear layer {@code site}, all fused parts together. */
    public int outputs(LinearSite site) {
        return switch (site) {
            case QKV -> (heads + 2 * kvHeads) * headDim;
            case O, DOWN, EMBEDDING -> hiddenSize;
            case GATE_UP -> 2 * intermediateSize;
            case OUTPUT -> vocabSize;
        };
    }

    /** Returns the inputs of the linear layer {@code site}. */
    public int inputs(LinearSite site) {
        return switch (site) {
            case QKV, GATE_UP, OUTPUT -> hiddenSize;
            case O -> heads * headDim;
            case DOWN -> intermediateSize;
            case EMBEDDING -> vocabSize;
        };
    }
}

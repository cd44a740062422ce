package org.dlora.device;

/**
 * A step of a model on a device: the operations that depend on the step's rows. Opened by {@link
 * Operations#begin} or {@link Operations#beginRest}, which prepares what all layers share:
 * positions, cache slots, units of attention, descriptions of LoRA terms. The other operations of a
 * step are those of {@link Operations}; both are called from one thread, in order. Results may be
 * read once the step is closed.
 */
public interface Step extends AutoCloseable {

    /** Computes {@code out[t] = table[tokens[t]]}; table {@code [vocab, hidden]}. */
    void embed(WeightMatrix table, Activations out);

    /**
     * Applies the terms of each LoRA group at a linear layer, in their order, to the group's rows
     * of {@code y}. Does nothing where the layer has no groups.
     *
     * @param index number of the linear layer in the step's {@link LoraBatch}
     * @param x the layer's input
     * @param y the layer's output
     */
    void lora(int index, Activations x, Activations y);

    /**
     * Does {@link #lora} for an embedding: applies the terms to the groups' rows of {@code out}.
     */
    void loraEmbed(int index, Activations out);

    /**
     * Rotates q and k of fused rows in place, pairing element i with i + headDim/2 of a head as
     * Hugging Face does.
     *
     * @param cos {@code [maxPositions, headDim/2]}
     * @param sin likewise
     */
    void rope(Activations qkv, AttentionShape shape, WeightVector cos, WeightVector sin);

    /** Stores k and v of fused rows at their positions of layer {@code layer}. */
    void writeKv(Activations qkv, AttentionShape shape, KvCache cache, int layer);

    /**
     * Computes causal attention of each row's q over the cached positions of its sequence, its own
     * included; out {@code [T, heads·headDim]}.
     */
    void attention(
            Activations qkv, AttentionShape shape, KvCache cache, int layer, Activations out);

    /** Computes {@code out[i] = x[logitRows[i]]}. */
    void gather(Activations x, Activations out);

    /** Ends the step. */
    @Override
    void close();
}

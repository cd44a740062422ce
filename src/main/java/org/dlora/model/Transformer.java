package org.dlora.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.KvCache;
import org.dlora.device.LoraGroup;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;

/**
 * The forward pass of every decoder of the Llama family: pre-norm attention with rotary embedding
 * and a gated MLP, an adapter's terms applied after each linear layer. One replica's: it owns its
 * buffers, allocated once, and is used from one thread.
 */
public final class Transformer implements AutoCloseable {
    private final DecoderSpec spec;
    private final StepWeights weights;
    private final Operations operations;
    private final int maxRows;
    private final int maxLogitRows;
    private final List<Activations> buffers = new ArrayList<>();

    private final Activations residual;
    private final Activations hidden;
    private final Activations qkv;
    private final Activations attended;
    private final Activations gateUp;
    private final Activations gated;
    private final Activations update;
    private final Activations lastResidual;
    private final Activations lastUpdate;
    private final Activations lastHidden;
    private final Activations logits;

    /**
     * Allocates the buffers.
     *
     * @param maxRows token rows of a step
     * @param maxLogitRows rows of a step whose logits are wanted
     */
    public Transformer(
            DecoderSpec spec,
            StepWeights weights,
            Operations operations,
            int maxRows,
            int maxLogitRows) {
        this.spec = spec;
        this.weights = weights;
        this.operations = operations;
        this.maxRows = maxRows;
        this.maxLogitRows = maxLogitRows;
        try {
            this.residual = buffer(maxRows, spec.hiddenSize());
            this.hidden = buffer(maxRows, spec.hiddenSize());
            this.qkv = buffer(maxRows, spec.outputs(LinearSite.QKV));
            this.attended = buffer(maxRows, spec.inputs(LinearSite.O));
            this.gateUp = buffer(maxRows, spec.outputs(LinearSite.GATE_UP));
            this.gated = buffer(maxRows, spec.inputs(LinearSite.DOWN));
            this.update = buffer(maxRows, spec.hiddenSize());
            this.lastResidual = buffer(maxLogitRows, spec.hiddenSize());
            this.lastUpdate = buffer(maxLogitRows, spec.hiddenSize());
            this.lastHidden = buffer(maxLogitRows, spec.hiddenSize());
            this.logits = buffer(maxLogitRows, spec.vocabSize());
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Bytes of the buffers that the constructor allocates for these arguments. */
    public static long bufferBytes(DecoderSpec spec, int maxRows, int maxLogitRows) {
        long row =
                3L * spec.hiddenSize()
                        + spec.outputs(LinearSite.QKV)
                        + spec.inputs(LinearSite.O)
                        + spec.outputs(LinearSite.GATE_UP)
                        + spec.inputs(LinearSite.DOWN);
        long logitRow = 3L * spec.hiddenSize() + spec.vocabSize();
        return Float.BYTES * (maxRows * row + maxLogitRows * logitRow);
    }

    /**
     * Runs one step: writes K and V of all rows to {@code cache} and computes logits.
     *
     * @param logitRows batch rows whose logits are wanted, possibly none
     * @return {@code [logitRows.length, vocab]} logits of those rows, in their order; valid until
     *     the next call
     * @throws IllegalArgumentException if the batch has more rows or positions than the buffers and
     *     tables
     */
    public Activations forward(RaggedBatch batch, LoraGroups lora, KvCache cache, int[] logitRows) {
        checkSize(batch, logitRows);
        int rows = batch.rows();
        embed(batch.tokens(), lora);
        operations.rmsNorm(residual, rows, weights.layer(0).inputNorm(), spec.rmsNormEps(), hidden);
        for (int layer = 0; layer < spec.layers(); layer++) {
            if (layer > 0) {
                addRmsNorm(rows, layer);
            }
            attention(layer, batch, lora, cache);
            var layerWeights = weights.layer(layer);
            operations.addRmsNorm(
                    update,
                    residual,
                    rows,
                    layerWeights.postAttentionNorm(),
                    spec.rmsNormEps(),
                    hidden);
            mlp(layer, rows, lora);
        }
        if (logitRows.length > 0) {
            head(logitRows, lora);
        }
        return logits;
    }

    private void embed(int[] tokens, LoraGroups lora) {
        operations.embed(weights.embedding(), tokens, residual);
        var groups = lora.at(LayerSite.EMBEDDING);
        if (!groups.isEmpty()) {
            operations.loraEmbed(groups, tokens, residual);
        }
    }

    private void addRmsNorm(int rows, int layer) {
        operations.addRmsNorm(
                update,
                residual,
                rows,
                weights.layer(layer).inputNorm(),
                spec.rmsNormEps(),
                hidden);
    }

    private void attention(int layer, RaggedBatch batch, LoraGroups lora, KvCache cache) {
        var layerWeights = weights.layer(layer);
        var shape = spec.attention(layer);
        int rows = batch.rows();
        linear(layer, LinearSite.QKV, layerWeights.qkv(), lora, hidden, rows, qkv);
        layerWeights
                .qNorm()
                .ifPresent(norm ->
                        operations.headNorm(
                                qkv,
                                rows,
                                0,
                                spec.heads(),
                                spec.headDim(),
                                norm,
                                spec.rmsNormEps()));
        layerWeights
                .kNorm()
                .ifPresent(norm ->
                        operations.headNorm(
                                qkv,
                                rows,
                                shape.outWidth(),
                                spec.kvHeads(),
                                spec.headDim(),
                                norm,
                                spec.rmsNormEps()));
        operations.rope(qkv, batch, shape, weights.cos(), weights.sin());
        operations.writeKv(qkv, batch, shape, cache, layer);
        operations.attention(qkv, batch, shape, cache, layer, attended);
        linear(layer, LinearSite.O, layerWeights.output(), lora, attended, rows, update);
    }

    private void mlp(int layer, int rows, LoraGroups lora) {
        var layerWeights = weights.layer(layer);
        linear(layer, LinearSite.GATE_UP, layerWeights.gateUp(), lora, hidden, rows, gateUp);
        operations.siluMul(gateUp, rows, gated);
        linear(layer, LinearSite.DOWN, layerWeights.down(), lora, gated, rows, update);
    }

    private void linear(
            int layer,
            LinearSite site,
            LayerWeights.Linear linear,
            LoraGroups lora,
            Activations x,
            int rows,
            Activations y) {
        operations.linear(linear.weight(), linear.bias(), x, rows, y);
        var groups = lora.at(site.in(layer));
        if (!groups.isEmpty()) {
            operations.lora(groups, x, y);
        }
    }

    /**
     * The last residual addition, the final norm and the output matrix, for the rows that need them
     * only.
     */
    private void head(int[] rows, LoraGroups lora) {
        operations.gatherRows(residual, rows, lastResidual);
        operations.gatherRows(update, rows, lastUpdate);
        operations.addRmsNorm(
                lastUpdate,
                lastResidual,
                rows.length,
                weights.finalNorm(),
                spec.rmsNormEps(),
                lastHidden);
        operations.linear(weights.output(), Optional.empty(), lastHidden, rows.length, logits);
        var groups = LoraGroup.gathered(lora.at(LayerSite.OUTPUT), rows);
        if (!groups.isEmpty()) {
            operations.lora(groups, lastHidden, logits);
        }
    }

    private void checkSize(RaggedBatch batch, int[] logitRows) {
        if (batch.rows() == 0 || batch.rows() > maxRows || logitRows.length > maxLogitRows) {
            throw new IllegalArgumentException(
                    "%d rows with %d logits do not fit 1..%d rows with %d logits"
                            .formatted(batch.rows(), logitRows.length, maxRows, maxLogitRows));
        }
        for (var chunk : batch.chunks()) {
            if (chunk.firstPosition() + chunk.rows() > weights.maxPositions()) {
                throw new IllegalArgumentException(
                        "positions up to %d do not fit %d"
                                .formatted(
                                        chunk.firstPosition() + chunk.rows(),
                                        weights.maxPositions()));
            }
        }
    }

    private Activations buffer(int rows, int width) {
        var buffer = operations.activations(rows, width);
        buffers.add(buffer);
        return buffer;
    }

    @Override
    public void close() {
        buffers.forEach(Activations::close);
    }
}

package org.dlora.model.forward;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.KvCache;
import org.dlora.device.LoraBatch;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightVector;
import org.dlora.model.DecoderSpec;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;
import org.dlora.model.weights.LayerWeights;
import org.dlora.model.weights.StepWeights;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of every decoder of the Llama family: pre-norm attention with rotary embedding,
 * and a gated MLP. Adapters' terms are applied after each linear layer. A transformer belongs to
 * one replica and is used from one thread. It owns its buffers, which are allocated once.
 */
public final class Transformer implements AutoCloseable {
    /**
     * Rows without wanted logits that make it worth leaving them out of the last layer, for which
     * the step is opened again.
     */
    private static final int FEWEST_LEFT_OUT = 8;

    private final DecoderSpec spec;
    private final StepWeights weights;
    private final Operations operations;
    private final int maxRows;
    private final int maxLogitRows;
    private final List<Activations> buffers = new ArrayList<>();
    private final StepLora stepLora;
    private @Nullable KvCache lastCache;

    /** The last step, if its logits were not computed yet. */
    private @Nullable Pending pending;

    /** Stands for the buffers and the last cache in a {@link StepEpoch}. */
    private Object owner = new Object();

    private final Activations residual;
    private final Activations hidden;
    private final Activations qkv;
    private final Activations attended;
    private final Activations gateUp;
    private final Activations gated;
    private final Activations update;
    private final Activations lastQkv;
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
        this.stepLora = new StepLora(spec.layers());
        try {
            this.residual = buffer(maxRows, spec.hiddenSize());
            this.hidden = buffer(maxRows, spec.hiddenSize());
            this.qkv = buffer(maxRows, spec.outputs(LinearSite.QKV));
            this.attended = buffer(maxRows, spec.inputs(LinearSite.O));
            this.gateUp = buffer(maxRows, spec.outputs(LinearSite.GATE_UP));
            this.gated = buffer(maxRows, spec.inputs(LinearSite.DOWN));
            this.update = buffer(maxRows, spec.hiddenSize());
            this.lastQkv = buffer(maxLogitRows, spec.outputs(LinearSite.QKV));
            this.lastResidual = buffer(maxLogitRows, spec.hiddenSize());
            this.lastUpdate = buffer(maxLogitRows, spec.hiddenSize());
            this.lastHidden = buffer(maxLogitRows, spec.hiddenSize());
            this.logits = buffer(maxLogitRows, spec.vocabSize());
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Returns the bytes of the buffers that the constructor allocates for these arguments. */
    public static long bufferBytes(DecoderSpec spec, int maxRows, int maxLogitRows) {
        long row =
                3L * spec.hiddenSize()
                        + spec.outputs(LinearSite.QKV)
                        + spec.inputs(LinearSite.O)
                        + spec.outputs(LinearSite.GATE_UP)
                        + spec.inputs(LinearSite.DOWN);
        long logitRow = 3L * spec.hiddenSize() + spec.outputs(LinearSite.QKV) + spec.vocabSize();
        return Float.BYTES * (maxRows * row + maxLogitRows * logitRow);
    }

    /**
     * Runs one step: writes K and V of all rows to {@code cache} and computes logits.
     *
     * @param lora recognised by identity, so that work derived from the same object is reused
     * @param logitRows batch rows whose logits are wanted, possibly none
     * @return {@code [logitRows.length, vocab]} logits of those rows, in their order; valid until
     *     the next call
     * @throws IllegalArgumentException if the batch has more rows or positions than the buffers and
     *     tables
     */
    public Activations forward(RaggedBatch batch, LoraGroups lora, KvCache cache, int[] logitRows) {
        advance(batch, lora, cache, logitRows);
        return logits();
    }

    /**
     * Does {@link #forward}, but leaves the output matrix to {@link #logits} and {@link #argMax} if
     * it has an index.
     */
    public void advance(RaggedBatch batch, LoraGroups lora, KvCache cache, int[] logitRows) {
        checkSize(batch, logitRows);
        int rows = batch.rows();
        int last = spec.layers() - 1;
        boolean leavesOut = logitRows.length == 0 || rows - logitRows.length >= FEWEST_LEFT_OUT;
        var terms = stepLora.of(lora, logitRows);
        boolean isLeft =
                terms.at(LayerSite.OUTPUT.index()).isEmpty() && weights.outputIndex().isPresent();
        pending = null;
        var epoch = epoch(cache);
        try (var step = operations.begin(batch, logitRows, terms, epoch)) {
            step.embed(weights.embedding(), residual);
            step.loraEmbed(LayerSite.EMBEDDING.index(), residual);
            operations.rmsNorm(
                    residual, rows, weights.layer(0).inputNorm(), spec.rmsNormEps(), hidden);
            for (int layer = 0; layer <= last; layer++) {
                if (layer > 0) {
                    addRmsNorm(update, residual, rows, weights.layer(layer).inputNorm(), hidden);
                }
                keysAndValues(step, layer, rows, cache);
                if (layer < last || !leavesOut) {
                    attention(step, terms, layer, qkv, residual, rows, cache);
                }
            }
            if (logitRows.length == 0) {
                return;
            }
            step.gather(residual, lastResidual);
            if (leavesOut) {
                step.gather(qkv, lastQkv);
            } else {
                step.gather(update, lastUpdate);
                head(step, lastUpdate, logitRows.length, isLeft);
            }
        }
        if (leavesOut) {
            var some = stepLora.ofLogitRows(terms, logitRows);
            rest(batch.gathered(logitRows), some, cache, epoch, isLeft);
        }
        if (isLeft) {
            pending = new Pending(batch, logitRows.clone(), epoch);
        }
    }

    /** A step without logits. */
    private record Pending(RaggedBatch batch, int[] logitRows, StepEpoch epoch) {}

    /**
     * Logits of some rows.
     *
     * @param rows of {@code logits}, one for each row that was asked for
     */
    public record SomeLogits(Activations logits, int[] rows) {}

    /** Returns the logits of the last step's logit rows; see {@link #forward}. */
    public Activations logits() {
        if (pending != null) {
            output(lastHidden, pending.logitRows().length);
            pending = null;
        }
        return logits;
    }

    /**
     * Returns the logits of some of the last step's logit rows, and computes those of no others.
     * They are valid until the next call.
     */
    public SomeLogits logits(int[] rows) {
        var step = pending;
        if (step == null || rows.length >= step.logitRows().length) {
            return new SomeLogits(logits(), rows);
        }
        var epoch = Part.LOGITS.of(step.epoch());
        var batch = step.batch().gathered(step.logitRows());
        try (var some = operations.beginRest(batch, rows, LoraBatch.NONE, epoch)) {
            some.gather(lastHidden, lastUpdate);
            output(lastUpdate, rows.length);
        }
        return new SomeLogits(logits, IntStream.range(0, rows.length).toArray());
    }

    /**
     * Does {@link Operations#argMax} of the last step's logits, of which not all need to be
     * computed.
     *
     * @param rows among its logit rows
     */
    public void argMax(int[] rows, int[] out) {
        boolean isFound =
                pending != null
                        && weights.outputIndex()
                                .filter(index ->
                                        operations.linearArgMax(index, lastHidden, rows, out))
                                .isPresent();
        if (!isFound) {
            var some = logits(rows);
            operations.argMax(some.logits(), some.rows(), out);
        }
    }

    /** Runs the last layer's attention and everything behind it, for the logit rows alone. */
    private void rest(
            RaggedBatch batch, LoraBatch lora, KvCache cache, StepEpoch epoch, boolean isLeft) {
        int rows = batch.rows();
        int[] all = IntStream.range(0, rows).toArray();
        try (var step = operations.beginRest(batch, all, lora, Part.REST.of(epoch))) {
            attention(step, lora, spec.layers() - 1, lastQkv, lastResidual, rows, cache);
            head(step, update, rows, isLeft);
        }
    }

    /**
     * Parts behind a step, each of which calls other operations, and so has an epoch of its own.
     */
    private enum Part {
        REST,
        LOGITS;

        /** Stands for {@code owner} in the epochs of a part. */
        private record Owner(Part part, Object owner) {}

        StepEpoch of(StepEpoch step) {
            return new StepEpoch(new Owner(this, step.owner()), step.weights());
        }
    }

    @SuppressWarnings("ReferenceEquality") // Another cache is other memory.
    private StepEpoch epoch(KvCache cache) {
        if (cache != lastCache) {
            lastCache = cache;
            owner = new Object();
        }
        return new StepEpoch(owner, weights.version());
    }

    private void addRmsNorm(
            Activations x, Activations sum, int rows, WeightVector norm, Activations out) {
        operations.addRmsNorm(x, sum, rows, norm, spec.rmsNormEps(), out);
    }

    private void keysAndValues(Step step, int layer, int rows, KvCache cache) {
        var layerWeights = weights.layer(layer);
        var shape = spec.attention(layer);
        linear(step, LinearSite.QKV.in(layer), layerWeights.qkv(), hidden, rows, qkv);
        layerWeights.qNorm().ifPresent(norm -> headNorm(rows, 0, spec.heads(), norm));
        layerWeights
                .kNorm()
                .ifPresent(norm -> headNorm(rows, shape.outWidth(), spec.kvHeads(), norm));
        step.rope(qkv, shape, weights.cos(), weights.sin());
        step.writeKv(qkv, shape, cache, layer);
    }

    /**
     * Does the attention of a layer and all behind it but the last sum, which is left in {@link
     * #update}.
     */
    private void attention(
            Step step,
            LoraBatch lora,
            int layer,
            Activations queries,
            Activations sum,
            int rows,
            KvCache cache) {
        var layerWeights = weights.layer(layer);
        step.attention(queries, spec.attention(layer), cache, layer, attended);
        linear(step, LinearSite.O.in(layer), layerWeights.output(), attended, rows, update);
        addRmsNorm(update, sum, rows, layerWeights.postAttentionNorm(), hidden);
        mlp(step, lora, layer, rows);
    }

    private void headNorm(int rows, int firstColumn, int heads, WeightVector norm) {
        operations.headNorm(qkv, rows, firstColumn, heads, spec.headDim(), norm, spec.rmsNormEps());
    }

    private void mlp(Step step, LoraBatch lora, int layer, int rows) {
        var layerWeights = weights.layer(layer);
        var gateUpLinear = layerWeights.gateUp();
        var at = LinearSite.GATE_UP.in(layer);
        if (lora.at(at.index()).isEmpty()) {
            operations.gatedLinear(
                    gateUpLinear.weight(), gateUpLinear.bias(), hidden, rows, gateUp, gated);
        } else {
            linear(step, at, gateUpLinear, hidden, rows, gateUp);
            operations.siluMul(gateUp, rows, gated);
        }
        linear(step, LinearSite.DOWN.in(layer), layerWeights.down(), gated, rows, update);
    }

    private void linear(
            Step step,
            LayerSite at,
            LayerWeights.Linear linear,
            Activations x,
            int rows,
            Activations y) {
        operations.linear(linear.weight(), linear.bias(), x, rows, y);
        step.lora(at.index(), x, y);
    }

    /**
     * Computes the last residual addition, the final norm, and the logits.
     *
     * @param last rows that are added to {@link #lastResidual}, of the logit rows
     * @param isLeft whether logits are computed when somebody asks for them
     */
    private void head(Step step, Activations last, int rows, boolean isLeft) {
        addRmsNorm(last, lastResidual, rows, weights.finalNorm(), lastHidden);
        if (!isLeft) {
            output(lastHidden, rows);
            step.lora(LayerSite.OUTPUT.index(), lastHidden, logits);
        }
    }

    private void output(Activations x, int rows) {
        operations.linear(weights.output(), Optional.empty(), x, rows, logits);
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

package org.dlora.engine.step;

import java.util.Optional;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.LiveWeights;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.model.DecoderSpec;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.scheduling.StepLimits;

/** The real model of a replica: a {@link Transformer} on a device, with its KV cache. */
public final class TransformerRunner implements ModelRunner {
    private final int vocabSize;
    private final Operations operations;
    private final KvCache cache;
    private final LiveWeights live;
    private final Transformer transformer;
    private boolean hasLogits;

    private TransformerRunner(
            int vocabSize,
            Operations operations,
            KvCache cache,
            LiveWeights live,
            Transformer transformer) {
        this.vocabSize = vocabSize;
        this.operations = operations;
        this.cache = cache;
        this.live = live;
        this.transformer = transformer;
    }

    /**
     * Allocates the KV cache and the buffers of steps; the weights stay their owner's.
     *
     * @param layout of the KV cache
     * @param usableBlocks its blocks that have memory from the start
     * @param limits of a step
     * @param copies memory for copies of merged weights
     * @param threads CPU threads, 0 = the device's choice
     */
    public static TransformerRunner open(
            DecoderSpec spec,
            DecoderWeights weights,
            KvLayout layout,
            int usableBlocks,
            StepLimits limits,
            CopyMemory copies,
            Device device,
            int threads) {
        int maxLogitRows = logitRows(limits);
        var cache = device.kvCache(layout, usableBlocks);
        try {
            var operations = device.open(threads);
            try {
                var live = new LiveWeights(weights, device, operations, copies);
                var transformer =
                        new Transformer(spec, live, operations, limits.maxTokens(), maxLogitRows);
                return new TransformerRunner(
                        spec.vocabSize(), operations, cache, live, transformer);
            } catch (RuntimeException | Error e) {
                operations.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            cache.close();
            throw e;
        }
    }

    /** Returns the bytes that {@link #open} allocates beside the KV cache. */
    public static long bufferBytes(DecoderSpec spec, StepLimits limits) {
        return Transformer.bufferBytes(spec, limits.maxTokens(), logitRows(limits));
    }

    private static int logitRows(StepLimits limits) {
        return Math.min(limits.maxTokens(), limits.maxBatch() + StepLimits.PROMPT_LOGIT_ROWS);
    }

    @Override
    public int vocabSize() {
        return vocabSize;
    }

    @Override
    public void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows) {
        transformer.advance(batch, live.groups(lora), cache, logitRows);
        hasLogits = true;
    }

    @Override
    public Optional<KvCache> cache() {
        return Optional.of(cache);
    }

    @Override
    public LiveWeights merge() {
        return live;
    }

    @Override
    public void argMax(int[] indices, int[] tokens) {
        requireStep();
        transformer.argMax(indices, tokens);
    }

    @Override
    public void largest(int[] indices, int k, int[] tokens, float[] values) {
        var some = logits(indices);
        operations.largest(some.logits(), some.rows(), k, tokens, values);
    }

    @Override
    public void forEach(int[] indices, RowUse use) {
        var some = logits(indices);
        operations.forEachRow(some.logits(), some.rows(), use);
    }

    private Transformer.SomeLogits logits(int[] indices) {
        requireStep();
        return transformer.logits(indices);
    }

    private void requireStep() {
        if (!hasLogits) {
            throw new IllegalStateException("There was no step yet");
        }
    }

    @Override
    public void close() {
        transformer.close();
        live.close();
        operations.close();
        cache.close();
    }
}

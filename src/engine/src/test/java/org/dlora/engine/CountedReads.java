package org.dlora.engine;

import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.engine.step.ModelRunner;
import org.dlora.engine.weights.AdapterGroups;

/** A model that counts the rows that leave the device whole, and changes logits if asked to. */
final class CountedReads implements ModelRunner {
    private final FakeModel model;
    private final AtomicInteger reads = new AtomicInteger();
    private final boolean isRounded;
    private final boolean isDecidedByAll;

    CountedReads(FakeModel model) {
        this(model, false, false);
    }

    /**
     * @param isRounded many logits are equal
     * @param isDecidedByAll the largest logits of no row decide
     */
    CountedReads(FakeModel model, boolean isRounded, boolean isDecidedByAll) {
        this.model = model;
        this.isRounded = isRounded;
        this.isDecidedByAll = isDecidedByAll;
    }

    int reads() {
        return reads.get();
    }

    @Override
    public ReplicaWeights merge() {
        return model.merge();
    }

    @Override
    public int vocabSize() {
        return model.vocabSize();
    }

    @Override
    public void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows) {
        model.forward(batch, lora, logitRows);
    }

    @Override
    public void argMax(int[] indices, int[] tokens) {
        rows(indices, (i, logits) -> tokens[i] = FakeModel.largest(logits));
    }

    @Override
    public void largest(int[] indices, int k, int[] tokens, float[] values) {
        rows(
                indices,
                (i, logits) -> {
                    FakeModel.largest(logits, i, k, tokens, values);
                    tokens[i * k] = isDecidedByAll ? -1 : tokens[i * k];
                });
    }

    @Override
    public void forEach(int[] indices, RowUse use) {
        reads.addAndGet(indices.length);
        rows(indices, use);
    }

    private void rows(int[] indices, RowUse use) {
        model.forEach(
                indices,
                (i, logits) -> {
                    for (int j = 0; isRounded && j < logits.length; j++) {
                        logits[j] = Math.round(logits[j]);
                    }
                    use.accept(i, logits);
                });
    }

    @Override
    public void close() {
        model.close();
    }
}

package org.dlora.engine;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.engine.merging.FakeWeights;
import org.dlora.engine.merging.LiveWeights;
import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.engine.step.ModelRunner;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.engine.weights.AdapterGroups;

/** A model whose merge state changes at random before steps, whatever runs in them. */
final class SwitchingRunner implements ModelRunner {
    private final TransformerRunner runner;
    private final GoldenModel model;
    private final List<String> mergeable;
    private final Random random;
    private final FakeWeights untouched = new FakeWeights();

    /** Adapters that were in the weights in a step. */
    final Set<String> merged = new TreeSet<>();

    /** Steps with an adapter in the weights, and those of them with rows of others. */
    int mergedSteps;

    int mixedSteps;
    int steps;

    SwitchingRunner(TransformerRunner runner, GoldenModel model, Random random) {
        this.runner = runner;
        this.model = model;
        this.mergeable = model.mergeable();
        this.random = random;
    }

    /**
     * Returns weights that the engine may change without effect; the runner switches the real ones.
     */
    @Override
    public ReplicaWeights merge() {
        return untouched;
    }

    @Override
    public int vocabSize() {
        return runner.vocabSize();
    }

    @Override
    public void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows) {
        change(runner.merge());
        steps++;
        runner.merge()
                .merged()
                .ifPresent(adapter -> {
                    boolean alone = lora.areAllOf(adapter);
                    if (!alone && model.mergeTerms(adapter).mixingObstacle().isPresent()) {
                        runner.merge().unmerge();
                        return;
                    }
                    merged.add(adapter);
                    mergedSteps++;
                    mixedSteps += alone ? 0 : 1;
                });
        runner.forward(batch, lora, logitRows);
    }

    private void change(LiveWeights state) {
        if (state.building().isPresent()) {
            if (random.nextInt(8) == 0) {
                state.cancel();
            } else if (state.advance(work(state.remaining()))) {
                state.commit();
            }
            return;
        }
        var adapter = mergeable.get(random.nextInt(mergeable.size()));
        switch (random.nextInt(7)) {
            case 3 -> state.kept().ifPresent(state::restore);
            case 0 -> state.unmerge();
            case 1 -> state.forget(adapter);
            case 2 -> state.release();
            default -> {
                if (state.merged().filter(adapter::equals).isEmpty()) {
                    state.begin(adapter, model.mergeTerms(adapter));
                }
            }
        }
    }

    /** Half of the merges are built at once, the others in a few slices. */
    private long work(long remaining) {
        return random.nextBoolean() ? remaining : random.nextLong(1, 2 + remaining);
    }

    @Override
    public void argMax(int[] indices, int[] tokens) {
        runner.argMax(indices, tokens);
    }

    @Override
    public void largest(int[] indices, int k, int[] tokens, float[] values) {
        runner.largest(indices, k, tokens, values);
    }

    @Override
    public void forEach(int[] indices, RowUse use) {
        runner.forEach(indices, use);
    }

    @Override
    public void close() {
        runner.close();
    }
}

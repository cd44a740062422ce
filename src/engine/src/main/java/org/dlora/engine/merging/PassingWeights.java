package org.dlora.engine.merging;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.Device;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.model.DecoderSpec;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.LayerWeights;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Weights with an adapter merged into them for one or two passes, or with none. A layer is merged
 * when the pass reaches it, in the memory of the layer before. So they take the memory of one
 * layer, and of the embedding and the output matrix if the adapter changes them.
 *
 * <p>Parked weights may have another adapter in the device's memory, so all matrices come from the
 * host. They take the memory of one layer and of the output matrix, which the embedding shares.
 */
public final class PassingWeights extends MergedWeights implements AutoCloseable {
    private final Device device;
    private final Operations operations;
    private final Map<LayerSite, MergeTask> tasks;
    private final Map<LinearSite, Copy> copies = new EnumMap<>(LinearSite.class);
    private long versions;

    /** A copy of one matrix after another. */
    private static final class Copy {
        private final WeightMatrix matrix;
        private @Nullable LayerSite of;

        private Copy(WeightMatrix matrix) {
            this.matrix = matrix;
        }
    }

    /**
     * Merges nothing yet.
     *
     * @param operations does the merges, and the pass
     */
    public PassingWeights(
            DecoderWeights base, Device device, Operations operations, MergeTerms terms) {
        super(base);
        this.device = device;
        this.operations = operations;
        this.tasks = MergeTask.passing(base, terms);
    }

    /**
     * Returns the bytes that a pass through parked weights takes.
     *
     * @param weights dtype of the matrices
     */
    public static long parkedBytes(DecoderSpec spec, DType weights) {
        long ends = spec.tiedEmbeddings() ? 0 : (long) spec.vocabSize() * spec.hiddenSize();
        long layer =
                Arrays.stream(LinearSite.values())
                        .filter(LinearSite::isInLayers)
                        .mapToLong(site -> (long) spec.outputs(site) * spec.inputs(site))
                        .sum();
        return weights.bytes() * (ends + layer);
    }

    /** Returns the matrix at {@code at} if it is not the base's own. */
    private Optional<WeightMatrix> at(LayerSite at) {
        return Optional.ofNullable(tasks.get(at)).map(this::merged);
    }

    private WeightMatrix merged(MergeTask task) {
        var at = task.at();
        boolean isShared = base.isParked() && at.equals(LayerSite.EMBEDDING);
        var copy =
                copies.computeIfAbsent(
                        isShared ? LinearSite.OUTPUT : at.site(),
                        _ -> new Copy(device.emptyLike(base.matrix(at))));
        if (!at.equals(copy.of)) {
            copy.of = null;
            operations.merge(task.update(), 0, task.rows(), copy.matrix);
            copy.of = at;
        }
        return copy.matrix;
    }

    @Override
    public LayerWeights layer(int layer) {
        return base.layer(layer).with(site -> at(site.in(layer)));
    }

    /** Returns another version for each pass, because a pass merges while it runs. */
    @Override
    public long version() {
        return ++versions;
    }

    @Override
    public WeightMatrix embedding() {
        return at(LayerSite.EMBEDDING).orElseGet(base::embedding);
    }

    @Override
    public WeightMatrix output() {
        return at(LayerSite.OUTPUT).orElseGet(base::output);
    }

    /** Returns none: passes read all logits. */
    @Override
    public Optional<ArgMaxIndex> outputIndex() {
        return Optional.empty();
    }

    @Override
    public void close() {
        copies.values().forEach(copy -> copy.matrix.close());
        copies.clear();
    }
}

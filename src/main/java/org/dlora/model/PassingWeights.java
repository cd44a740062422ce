package org.dlora.model;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.Device;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.jspecify.annotations.Nullable;

/**
 * Weights with an adapter merged into them for one or two passes. A layer is merged when the pass
 * reaches it, in the memory of the layer before. So they take the memory of one layer, and of the
 * embedding and the output matrix if the adapter changes them.
 */
public final class PassingWeights extends MergedWeights implements AutoCloseable {
    private final Device device;
    private final Operations operations;
    private final List<MergeTask> tasks;
    private final Map<LinearSite, WeightMatrix> copies = new EnumMap<>(LinearSite.class);
    private int at = LinearSite.NO_LAYER;
    private @Nullable LayerWeights current;
    private long versions;

    /**
     * Allocates the copies of embedding and output matrix that the adapter changes, and merges into
     * them.
     *
     * @param operations does the merges, and the pass
     */
    public PassingWeights(
            DecoderWeights base, Device device, Operations operations, MergedTerms terms) {
        super(base);
        this.device = device;
        this.operations = operations;
        this.tasks = MergeTask.of(base, terms);
        try {
            merge(LinearSite.NO_LAYER);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void merge(int layer) {
        for (var task : tasks) {
            if (task.at().layer() == layer) {
                var site = task.at().site();
                if (!copies.containsKey(site)) {
                    copies.put(site, device.emptyLike(task.update().pristine()));
                }
                operations.merge(task.update(), 0, task.rows(), copies.get(site));
            }
        }
    }

    private boolean isChanged(int layer, LinearSite site) {
        return tasks.stream().anyMatch(task -> task.at().equals(site.in(layer)));
    }

    @Override
    LayerWeights layer(int layer) {
        var known = current;
        if (known == null || at != layer) {
            merge(layer);
            known =
                    base.layer(layer)
                            .with(site ->
                                    isChanged(layer, site)
                                            ? Optional.ofNullable(copies.get(site))
                                            : Optional.empty());
            current = known;
            at = layer;
        }
        return known;
    }

    /** Returns another version for each pass, because a pass merges while it runs. */
    @Override
    long version() {
        return ++versions;
    }

    @Override
    WeightMatrix embedding() {
        return copies.getOrDefault(LinearSite.EMBEDDING, base.embedding());
    }

    @Override
    WeightMatrix output() {
        return copies.getOrDefault(LinearSite.OUTPUT, base.output());
    }

    @Override
    public void close() {
        copies.values().forEach(WeightMatrix::close);
        copies.clear();
    }
}

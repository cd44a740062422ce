package org.dlora.engine.merging;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.WeightMatrix;
import org.dlora.model.LayerSite;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.LayerWeights;

/** Copies beside the base's matrices in the same memory: steps read them where they are. */
final class CopiesBeside implements CopyPlacement {
    private final DecoderWeights base;
    private Map<LayerSite, WeightMatrix> copies = Map.of();
    private List<LayerWeights> layers;

    CopiesBeside(DecoderWeights base) {
        this.base = base;
        this.layers = layers();
    }

    private List<LayerWeights> layers() {
        return IntStream.range(0, base.layers())
                .mapToObj(layer ->
                        base.layer(layer)
                                .with(site -> Optional.ofNullable(copies.get(site.in(layer)))))
                .toList();
    }

    @Override
    public void put(Map<LayerSite, WeightMatrix> others) {
        copies = others;
        layers = layers();
    }

    @Override
    public void settle() {}

    @Override
    public boolean isSettled() {
        return true;
    }

    @Override
    public LayerWeights layer(int layer) {
        return layers.get(layer);
    }

    @Override
    public WeightMatrix end(LayerSite at) {
        return copies.getOrDefault(at, base.matrix(at));
    }

    @Override
    public void close() {}
}

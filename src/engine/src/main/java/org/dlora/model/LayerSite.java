package org.dlora.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A linear layer of a decoder: a {@link LinearSite} in one of the decoder layers, or at either end.
 *
 * @param layer the decoder layer, from 0 on; {@link LinearSite#NO_LAYER} at the ends
 */
public record LayerSite(int layer, LinearSite site) {
    /** The embedding table. */
    public static final LayerSite EMBEDDING =
            new LayerSite(LinearSite.NO_LAYER, LinearSite.EMBEDDING);

    /** The output matrix. */
    public static final LayerSite OUTPUT = new LayerSite(LinearSite.NO_LAYER, LinearSite.OUTPUT);

    private static final List<LinearSite> IN_LAYERS =
            Arrays.stream(LinearSite.values()).filter(LinearSite::isInLayers).toList();

    private static final int ENDS = 2;

    public LayerSite {
        if (layer < 0 ? layer != LinearSite.NO_LAYER || site.isInLayers() : !site.isInLayers()) {
            throw new IllegalArgumentException("%s is not in layer %d".formatted(site, layer));
        }
    }

    /** Returns all linear layers of a decoder of {@code layers} layers, in the order of a step. */
    public static List<LayerSite> all(int layers) {
        var all = new ArrayList<LayerSite>();
        all.add(EMBEDDING);
        for (int layer = 0; layer < layers; layer++) {
            for (var site : IN_LAYERS) {
                all.add(site.in(layer));
            }
        }
        all.add(OUTPUT);
        return List.copyOf(all);
    }

    /** Returns the number of linear layers of a decoder of {@code layers} layers. */
    public static int count(int layers) {
        return ENDS + layers * IN_LAYERS.size();
    }

    /** Returns the number of this linear layer, below {@link #count}. */
    public int index() {
        return switch (site) {
            case EMBEDDING -> 0;
            case OUTPUT -> 1;
            case QKV, O, GATE_UP, DOWN -> ENDS + layer * IN_LAYERS.size() + IN_LAYERS.indexOf(site);
        };
    }
}

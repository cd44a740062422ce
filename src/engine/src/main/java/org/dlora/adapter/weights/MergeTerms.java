package org.dlora.adapter.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.model.LayerSite;
import org.dlora.model.weights.MergedTerms;

/**
 * The terms of merging an adapter h at each linear layer. Some go into the weights; others are
 * applied to the rows of a step while h is merged.
 *
 * <ul>
 *   <li>Rows of h: {@link #own}, which no matrix can hold.
 *   <li>Rows of the base: {@link #undo}. With {@code live = diag(g)·(W + s·B·A)} in place of W, a
 *       layer gives {@code y = live·x + b}. The base's output is {@code (y - b) / g - s·B·A·x + b}.
 *   <li>Rows of another adapter: {@link #undo}, then that adapter's own terms as ever.
 * </ul>
 *
 * All are terms of LoRA groups, so ranks mix without padding. Rows differ from unmerged rows by the
 * rounding of the live weights and of the correction.
 */
public final class MergeTerms implements MergedTerms {
    /** Smallest gain that can be divided by without drowning the row in rounding. */
    static final float SMALLEST_GAIN = 1e-3f;

    private final Map<LayerSite, Layer> layers;
    private final Optional<String> obstacle;
    private final Optional<String> mixingObstacle;

    /** The terms at one linear layer. */
    record Layer(List<LowRank> into, List<LoraTerm> own, List<LoraTerm> undo) {
        private static final Layer NONE = new Layer(List.of(), List.of(), List.of());

        Layer {
            into = List.copyOf(into);
            own = List.copyOf(own);
            undo = List.copyOf(undo);
        }
    }

    MergeTerms(
            Map<LayerSite, Layer> layers,
            Optional<String> obstacle,
            Optional<String> mixingObstacle) {
        this.layers = Map.copyOf(layers);
        this.obstacle = obstacle;
        this.mixingObstacle = mixingObstacle;
    }

    /** Returns why the adapter cannot be merged; empty if it can. */
    public Optional<String> obstacle() {
        return obstacle;
    }

    /**
     * Returns why rows of other models cannot run while it is merged; empty if they can. It has no
     * meaning for an adapter that cannot be merged.
     */
    public Optional<String> mixingObstacle() {
        return mixingObstacle;
    }

    /** Returns the terms that are merged into the weights. */
    @Override
    public List<LowRank> at(LayerSite at) {
        return layer(at).into();
    }

    /** Returns the terms that rows of the merged adapter need. */
    public List<LoraTerm> own(LayerSite at) {
        return layer(at).own();
    }

    /** Returns the terms that make a row of the base out of one of the live weights. */
    public List<LoraTerm> undo(LayerSite at) {
        return layer(at).undo();
    }

    /**
     * Returns the terms that rows of another adapter need while this one is merged.
     *
     * @param others its terms at this layer
     */
    public List<LoraTerm> mixed(LayerSite at, List<LoraTerm> others) {
        if (others.stream().anyMatch(LoraTerm.Replacement.class::isInstance)) {
            return others; // The replacement discards what the live weights computed.
        }
        var mixed = new ArrayList<>(undo(at));
        mixed.addAll(others);
        return List.copyOf(mixed);
    }

    /** Returns the linear layers that have terms. */
    Map<LayerSite, Layer> layers() {
        return layers;
    }

    private Layer layer(LayerSite at) {
        return layers.getOrDefault(at, Layer.NONE);
    }
}

package org.dlora.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.model.LayerSite;
import org.dlora.model.MergedTerms;

/**
 * What merging an adapter h means at each linear layer: what goes into the weights, and the terms
 * that rows of a step still need while it is in there.
 *
 * <ul>
 *   <li>Rows of h: {@link #own}, what no matrix can hold.
 *   <li>Rows of the base: {@link #undo}. With {@code live = diag(g)·(W + s·B·A)} in place of W, a
 *       layer gives {@code y = live·x + b}; the base is {@code (y - b) / g - s·B·A·x + b}.
 *   <li>Rows of another adapter: {@link #undo}, then that adapter's own terms as ever.
 * </ul>
 *
 * Terms only, for the grouped path: so ranks mix without padding. The difference to unmerged rows
 * is the rounding of the live weights and of the correction.
 */
public final class MergeTerms implements MergedTerms {
    /** A gain so near to zero cannot be divided by without drowning the row in rounding. */
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

    /** Why the adapter cannot be merged; empty if it can. */
    public Optional<String> obstacle() {
        return obstacle;
    }

    /**
     * Why no rows but its own can run while it is merged; empty if others can. Of no meaning if it
     * cannot be merged.
     */
    public Optional<String> mixingObstacle() {
        return mixingObstacle;
    }

    /** What is merged into the weights. */
    @Override
    public List<LowRank> at(LayerSite at) {
        return layer(at).into();
    }

    /** What rows of the merged adapter need. */
    public List<LoraTerm> own(LayerSite at) {
        return layer(at).own();
    }

    /** What makes a row of the base of one that the live weights computed. */
    public List<LoraTerm> undo(LayerSite at) {
        return layer(at).undo();
    }

    /**
     * What rows of another adapter need while this one is merged.
     *
     * @param others its terms at this layer
     */
    public List<LoraTerm> mixed(LayerSite at, List<LoraTerm> others) {
        if (others.stream().anyMatch(LoraTerm.Replacement.class::isInstance)) {
            return others; // Nothing is left of the row that the live weights computed.
        }
        var mixed = new ArrayList<>(undo(at));
        mixed.addAll(others);
        return List.copyOf(mixed);
    }

    /** Returns all that differs from nothing, by linear layer. */
    Map<LayerSite, Layer> layers() {
        return layers;
    }

    private Layer layer(LayerSite at) {
        return layers.getOrDefault(at, Layer.NONE);
    }
}

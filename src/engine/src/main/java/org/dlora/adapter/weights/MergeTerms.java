package org.dlora.adapter.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.model.LayerSite;

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
 *
 * @param obstacle reason why the adapter cannot be merged; empty if it can
 * @param mixingObstacle reason why rows of other models cannot run while it is merged; empty if
 *     they can. It has no meaning for an adapter that cannot be merged
 */
public record MergeTerms(
        Map<LayerSite, Layer> layers, Optional<String> obstacle, Optional<String> mixingObstacle) {
    /** Terms of a merge that changes nothing. */
    public static final MergeTerms NONE =
            new MergeTerms(Map.of(), Optional.empty(), Optional.empty());

    /** Smallest gain that can be divided by without drowning the row in rounding. */
    static final float SMALLEST_GAIN = 1e-3f;

    /**
     * The terms at one linear layer.
     *
     * @param into terms that are merged into the weights
     * @param own terms that rows of the merged adapter need
     * @param undo terms that make a row of the base out of one of the live weights
     */
    public record Layer(List<LowRank> into, List<LoraTerm> own, List<LoraTerm> undo) {
        static final Layer NONE = new Layer(List.of(), List.of(), List.of());

        public Layer {
            into = List.copyOf(into);
            own = List.copyOf(own);
            undo = List.copyOf(undo);
        }
    }

    public MergeTerms {
        layers = Map.copyOf(layers);
    }

    /** Returns the terms of an adapter that cannot be merged. */
    public static MergeTerms never(String obstacle) {
        return new MergeTerms(Map.of(), Optional.of(obstacle), Optional.empty());
    }

    /** Returns the terms that are merged into the weights. */
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

    private Layer layer(LayerSite at) {
        return layers.getOrDefault(at, Layer.NONE);
    }
}

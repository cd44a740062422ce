package org.dlora.device;

import java.util.ArrayList;
import java.util.List;

/**
 * LoRA groups of the rows of a step, for every linear layer of a model. Immutable.
 *
 * <p>A device keeps what it has derived from the groups of a linear layer, and recognises the list
 * of groups by identity. So a caller passes the same batch for as long as rows and adapters stay
 * the same, as they do in steady decodes.
 */
public final class LoraBatch {
    /** A step in which no row uses an adapter. */
    public static final LoraBatch NONE = new LoraBatch(List.of());

    private final List<List<LoraGroup>> layers;

    /**
     * Creates a batch of {@code layers}.
     *
     * @param layers the groups of each linear layer in row order, by the number that the model
     *     gives the layer; the rows of a group are rows of that layer's input
     */
    public LoraBatch(List<List<LoraGroup>> layers) {
        var copies = new ArrayList<List<LoraGroup>>();
        layers.forEach(groups -> copies.add(List.copyOf(groups)));
        this.layers = List.copyOf(copies);
    }

    /** Returns the number of linear layers that may have groups: those behind them have none. */
    public int layers() {
        return layers.size();
    }

    /** Returns the groups at linear layer {@code index}; none beyond the last one. */
    public List<LoraGroup> at(int index) {
        return index < layers.size() ? layers.get(index) : List.of();
    }

    /** Returns this batch with other groups at linear layer {@code index}, which it has. */
    public LoraBatch with(int index, List<LoraGroup> groups) {
        var others = new ArrayList<>(layers);
        others.set(index, groups);
        return new LoraBatch(others);
    }
}

package org.dlora.adapter.content;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dlora.model.LinearModule;

/**
 * The ranks of an adapter and the modules that it changes, over all layers.
 *
 * @param ranks different ranks, in ascending order
 * @param targets names of the modules without their layers, such as {@code q_proj}, in order
 */
public record AdapterShape(List<Integer> ranks, List<String> targets) {
    /** The shape of an adapter that is not known. */
    public static final AdapterShape UNKNOWN = new AdapterShape(List.of(), List.of());

    public AdapterShape {
        ranks = List.copyOf(ranks);
        targets = List.copyOf(targets);
    }

    public static AdapterShape of(AdapterTensors tensors) {
        var ranks = new TreeSet<Integer>();
        tensors.modules().forEach(module -> ranks.add(module.rank()));
        var targets = new TreeSet<String>();
        Stream.concat(
                        tensors.modules().stream().map(LoraModule::module),
                        Stream.concat(tensors.biases().stream(), tensors.matrices().stream())
                                .map(Retrained::module))
                .map(AdapterShape::target)
                .forEach(targets::add);
        return new AdapterShape(List.copyOf(ranks), List.copyOf(targets));
    }

    private static String target(LinearModule module) {
        return module.name().substring(module.name().lastIndexOf('.') + 1);
    }
}

package org.dlora.adapter;

import java.util.List;

/**
 * All that an adapter's weights change, matched with the modules of the base model.
 *
 * @param modules every adapted module
 * @param biases in place of the base's, of modules that are adapted or not
 * @param matrices in place of the base's embedding or output matrix; the module is not adapted
 */
public record AdapterTensors(
        List<LoraModule> modules, List<Retrained> biases, List<Retrained> matrices) {
    public AdapterTensors {
        modules = List.copyOf(modules);
        biases = List.copyOf(biases);
        matrices = List.copyOf(matrices);
    }
}

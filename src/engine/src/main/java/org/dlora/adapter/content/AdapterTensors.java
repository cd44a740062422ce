package org.dlora.adapter.content;

import java.util.List;

/**
 * The tensors of an adapter, matched with the modules of the base model that they change.
 *
 * @param modules every adapted module
 * @param biases replacements of the base's biases, also of modules without a low rank
 * @param matrices replacements of the base's embedding or output matrix; the module has no low rank
 */
public record AdapterTensors(
        List<LoraModule> modules, List<Retrained> biases, List<Retrained> matrices) {
    public AdapterTensors {
        modules = List.copyOf(modules);
        biases = List.copyOf(biases);
        matrices = List.copyOf(matrices);
    }
}

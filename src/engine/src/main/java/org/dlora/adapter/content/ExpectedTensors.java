package org.dlora.adapter.content;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.model.BaseModel;
import org.dlora.model.LinearModule;

/** The tensors that a configuration asks for, and others that PEFT may have saved beside them. */
final class ExpectedTensors {
    private final AdapterConfig config;
    private final ModuleSelection modules;

    /** Modules whose bias the adapter brings. */
    private final List<LinearModule> biased;

    /** Names and shapes, none of which may be absent. */
    private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

    /** Copies of the base's matrices that PEFT may have saved too, by name. */
    private final Map<String, LinearModule> copies = new LinkedHashMap<>();

    ExpectedTensors(AdapterConfig config, ModuleSelection modules, BaseModel base) {
        this.config = config;
        this.modules = modules;
        this.biased =
                base.modules().stream()
                        .filter(module -> base.bias(module).isPresent() && bringsBias(module))
                        .toList();
        modules.adapted().forEach(this::expectLora);
        for (var module : biased) {
            shapes.put(TensorNaming.bias(module, isAdapted(module)), vector(module));
        }
        for (var module : modules.retrained()) {
            shapes.put(TensorNaming.weight(module, false), base.weight(module).shape());
        }
        for (var module : base.embeddings()) {
            if (!modules.retrained().contains(module)) {
                copies.put(TensorNaming.weight(module, isAdapted(module)), module);
            }
        }
    }

    private boolean bringsBias(LinearModule module) {
        return switch (config.variant().bias()) {
            case NONE -> false;
            case ALL -> true;
            case LORA_ONLY -> isAdapted(module);
        };
    }

    boolean isAdapted(LinearModule module) {
        return modules.adapted().contains(module);
    }

    private void expectLora(LinearModule module) {
        long rank = config.rank(module.name());
        shapes.put(TensorNaming.a(module), List.of(rank, (long) module.inputs()));
        shapes.put(TensorNaming.b(module), List.of((long) module.outputs(), rank));
        if (config.variant().hasLoraBias()) {
            shapes.put(TensorNaming.biasOfB(module), vector(module));
        }
        if (config.variant().isDora()) {
            shapes.put(TensorNaming.magnitude(module), vector(module));
        }
    }

    private static List<Long> vector(LinearModule module) {
        return List.of((long) module.outputs());
    }

    Map<String, List<Long>> shapes() {
        return shapes;
    }

    Map<String, LinearModule> copies() {
        return copies;
    }

    List<LinearModule> biased() {
        return biased;
    }

    /** Returns whether neither the configuration nor PEFT explains a tensor called {@code name}. */
    boolean isSuperfluous(String name) {
        return !shapes.containsKey(name) && !copies.containsKey(name);
    }
}

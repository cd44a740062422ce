package org.dlora.adapter;

import java.util.ArrayList;
import java.util.List;
import org.dlora.model.LinearModule;
import org.dlora.tensor.LoadException;

/** Finds the modules of a base model that a configuration adapts. */
final class ModuleSelection {
    private ModuleSelection() {}

    /**
     * The modules that {@code targets} choose out of {@code modules}, in their order.
     *
     * @throws LoadException if they choose none, or something that is no linear layer of the
     *     decoder, or if an entry of the list means nothing in this model
     */
    static List<LinearModule> of(TargetModules targets, List<LinearModule> modules) {
        for (var embedding : TargetModules.EMBEDDINGS) {
            if (targets.contains(embedding)) {
                throw problem(
                        "target_modules includes %s; LoRA on embeddings is not supported yet, only on the linear layers of the decoder"
                                .formatted(embedding));
            }
        }
        var names = new ArrayList<>(TargetModules.EMBEDDINGS);
        modules.forEach(module -> names.add(module.name()));
        var unmatched = targets.unmatched(names);
        if (!unmatched.isEmpty()) {
            throw problem(
                    "target module %s does not exist in the base model, which has %s"
                            .formatted(Quote.of(unmatched.getFirst()), endings(modules)));
        }
        var adapted = modules.stream().filter(m -> targets.contains(m.name())).toList();
        if (adapted.isEmpty()) {
            throw problem(
                    "target_modules, exclude_modules and layers_to_transform select no module of the base model, which has %s in %d layers"
                            .formatted(endings(modules), modules.getLast().layer() + 1));
        }
        return adapted;
    }

    private static List<String> endings(List<LinearModule> modules) {
        return modules.stream()
                .map(m -> m.name().substring(m.name().lastIndexOf('.') + 1))
                .distinct()
                .toList();
    }

    private static LoadException problem(String problem) {
        return new LoadException(AdapterConfig.FILE + ": " + problem);
    }
}

package org.dlora.adapter;

import java.util.List;
import org.dlora.model.LinearModule;
import org.dlora.tensor.LoadException;

/**
 * The modules of a base model that a configuration changes. Every one is in one of the lists at
 * most: PEFT adapts no module that it retrains whole.
 *
 * @param adapted by a low rank
 * @param retrained whole
 */
record ModuleSelection(List<LinearModule> adapted, List<LinearModule> retrained) {
    ModuleSelection {
        adapted = List.copyOf(adapted);
        retrained = List.copyOf(retrained);
    }

    /**
     * What {@code config} chooses out of {@code modules}, in their order.
     *
     * @throws LoadException if nothing is adapted, or if an entry of the list of targets means
     *     nothing in this model
     */
    static ModuleSelection of(AdapterConfig config, List<LinearModule> modules) {
        var targets = config.targets();
        var saved = config.variant().modulesToSave();
        var unmatched = targets.unmatched(modules.stream().map(LinearModule::name).toList());
        if (!unmatched.isEmpty()) {
            throw problem(
                    "target module %s does not exist in the base model, which has %s"
                            .formatted(Quote.of(unmatched.getFirst()), endings(modules)));
        }
        var adapted =
                modules.stream()
                        .filter(m -> targets.contains(m.name()) && !saved.contains(m.name()))
                        .toList();
        if (adapted.isEmpty()) {
            throw problem(
                    "target_modules, exclude_modules, layers_to_transform and modules_to_save select no module of the base model, which has %s in %d layers"
                            .formatted(endings(modules), layers(modules)));
        }
        checkLoraBias(config, adapted);
        return new ModuleSelection(
                adapted, modules.stream().filter(m -> saved.contains(m.name())).toList());
    }

    private static void checkLoraBias(AdapterConfig config, List<LinearModule> adapted) {
        var embedding = TargetModules.EMBEDDINGS.getFirst();
        if (config.variant().hasLoraBias()
                && adapted.stream().anyMatch(module -> module.name().equals(embedding))) {
            throw problem(
                    "lora_bias is true, expected it unset: PEFT refuses it with target_modules that include %s"
                            .formatted(embedding));
        }
    }

    private static int layers(List<LinearModule> modules) {
        return modules.stream().mapToInt(LinearModule::layer).max().orElse(-1) + 1;
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

package org.dlora.adapter.content;

import java.util.List;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.config.Quote;
import org.dlora.adapter.config.TargetModules;
import org.dlora.model.LinearModule;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Problems;

/**
 * The modules of a base model that a configuration changes. No module is in both lists: PEFT adapts
 * no module that it retrains whole.
 *
 * @param adapted modules with a low rank
 * @param retrained modules that are retrained whole
 * @param unmatched sentences about targets that mean nothing in this model; PEFT adapts the others
 */
public record ModuleSelection(
        List<LinearModule> adapted, List<LinearModule> retrained, List<String> unmatched) {
    public ModuleSelection {
        unmatched = List.copyOf(unmatched);
        adapted = List.copyOf(adapted);
        retrained = List.copyOf(retrained);
    }

    /**
     * Selects from {@code modules}, in their order, what {@code config} names.
     *
     * @throws LoadException if nothing is adapted
     */
    public static ModuleSelection of(AdapterConfig config, List<LinearModule> modules) {
        var targets = config.targets();
        var saved = config.variant().modulesToSave();
        var unmatched = unmatched(targets, modules);
        var adapted =
                modules.stream()
                        .filter(m -> targets.contains(m.name()) && !saved.contains(m.name()))
                        .toList();
        if (adapted.isEmpty()) {
            unmatched.add(
                    "%s: target_modules, exclude_modules, layers_to_transform and modules_to_save select no module of the base model, which has %s in %d layers; was the adapter trained on another one?"
                            .formatted(AdapterConfig.FILE, endings(modules), layers(modules)));
            unmatched.throwIfAny();
        }
        checkLoraBias(config, adapted);
        return new ModuleSelection(
                adapted,
                modules.stream().filter(m -> saved.contains(m.name())).toList(),
                unmatched.list());
    }

    private static Problems unmatched(TargetModules targets, List<LinearModule> modules) {
        var problems = new Problems();
        problems.addAll(
                targets.unmatched(modules.stream().map(LinearModule::name).toList()).stream()
                        .map(name ->
                                "%s: target module %s does not exist in the base model, which has %s; was the adapter trained on another one?"
                                        .formatted(
                                                AdapterConfig.FILE,
                                                Quote.of(name),
                                                endings(modules))));
        return problems;
    }

    private static void checkLoraBias(AdapterConfig config, List<LinearModule> adapted) {
        var embedding = TargetModules.EMBEDDINGS.getFirst();
        if (config.variant().hasLoraBias()
                && adapted.stream().anyMatch(module -> module.name().equals(embedding))) {
            throw new LoadException(
                    "%s: lora_bias is true, expected it unset: PEFT refuses it with target_modules that include %s"
                            .formatted(AdapterConfig.FILE, embedding));
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
}

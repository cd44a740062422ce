package org.dlora.adapter.config;

import java.util.List;
import java.util.Optional;
import org.dlora.adapter.config.ModuleNames.Endings;

/**
 * The modules that a configuration adapts, as PEFT's {@code check_target_module_exists} decides it.
 *
 * @param layers filter of targets that are endings; it does not apply to a module's full name
 */
public record TargetModules(
        ModuleNames targets, Optional<ModuleNames> excluded, Optional<LayerFilter> layers) {

    /** Modules outside the decoder layers that PEFT can adapt. */
    public static final List<String> EMBEDDINGS = List.of("model.embed_tokens", "lm_head");

    public boolean contains(String module) {
        if (excluded.isPresent() && excluded.get().contains(module)) {
            return false;
        }
        boolean isFullName = targets instanceof Endings endings && endings.names().contains(module);
        return targets.contains(module)
                && (isFullName || layers.isEmpty() || layers.get().contains(module));
    }

    /** Returns the listed targets that mean none of {@code modules}, whatever the layers. */
    public List<String> unmatched(List<String> modules) {
        if (!(targets instanceof Endings endings)) {
            return List.of();
        }
        return endings.names().stream()
                .filter(name -> modules.stream().noneMatch(m -> Endings.matches(name, m)))
                .toList();
    }
}

package org.dlora.adapter.config;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.config.ModuleNames.AllLinear;
import org.dlora.adapter.config.ModuleNames.Endings;
import org.dlora.adapter.config.ModuleNames.Regex;
import tools.jackson.databind.JsonNode;

/**
 * Reader of the fields that choose modules. It refuses the combinations that PEFT's own check
 * refuses.
 */
final class TargetReader {
    private static final String TARGETS = "target_modules";
    private static final String EXCLUDED = "exclude_modules";
    private static final String LAYERS = "layers_to_transform";
    private static final String LISTS = "layers_pattern";

    private final AdapterFields fields;
    private final MatchBudget budget;

    private TargetReader(AdapterFields fields, MatchBudget budget) {
        this.fields = fields;
        this.budget = budget;
    }

    static TargetModules read(AdapterFields fields, MatchBudget budget) {
        var reader = new TargetReader(fields, budget);
        var targets = reader.targets();
        return new TargetModules(targets, reader.names(EXCLUDED), reader.layers(targets));
    }

    private ModuleNames targets() {
        var text = fields.get(TARGETS).filter(JsonNode::isString);
        if (text.isPresent() && text.get().stringValue().equalsIgnoreCase("all-linear")) {
            return new AllLinear();
        }
        if (fields.get(TARGETS).filter(TargetReader::isSet).isEmpty()) {
            fields.problems()
                    .add(
                            "%s: %s is missing or empty; expected a list of module names, a regular expression or \"all-linear\""
                                    .formatted(AdapterConfig.FILE, TARGETS));
        }
        return names(TARGETS).orElse(new Endings(List.of()));
    }

    /** Returns whether a field names something; PEFT takes an empty string for no pattern. */
    private static boolean isSet(JsonNode node) {
        return !(node.isArray() && node.isEmpty())
                && !(node.isString() && node.stringValue().isEmpty());
    }

    private Optional<ModuleNames> names(String field) {
        var node = fields.get(field).filter(TargetReader::isSet);
        var texts = fields.texts(field).stream().distinct().toList();
        if (node.isEmpty()) {
            return Optional.empty();
        }
        return node.get().isString()
                ? fields.problems()
                        .attempt(() -> new Regex(new PythonRegex(field, texts.getFirst(), budget)))
                        .map(ModuleNames.class::cast)
                : Optional.of(new Endings(texts));
    }

    private Optional<LayerFilter> layers(ModuleNames targets) {
        var layers = fields.get(LAYERS);
        if (layers.isPresent() && !(targets instanceof Endings)) {
            fields.refuse(LAYERS, layers.get(), "null: " + TARGETS + " is no list");
        }
        var lists = fields.texts(LISTS).stream().filter(list -> !list.isEmpty()).toList();
        if (!lists.isEmpty() && layers.isEmpty()) {
            fields.refuse(LISTS, lists, "null, because " + LAYERS + " is null");
        }
        var indices = fields.integers(LAYERS);
        return indices.isEmpty()
                ? Optional.empty()
                : fields.problems()
                        .attempt(() -> LayerFilter.of(new HashSet<>(indices), lists, budget));
    }
}

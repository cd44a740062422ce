package org.dlora.adapter;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.ModuleNames.AllLinear;
import org.dlora.adapter.ModuleNames.Endings;
import org.dlora.adapter.ModuleNames.Regex;
import org.dlora.tensor.LoadException;
import tools.jackson.databind.JsonNode;

/** Reads the fields that choose modules, with the combinations that PEFT's own check refuses. */
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
        return new TargetModules(targets, reader.excluded(), reader.layers(targets));
    }

    private ModuleNames targets() {
        var text = fields.get(TARGETS).filter(JsonNode::isString);
        if (text.isPresent() && text.get().stringValue().equalsIgnoreCase("all-linear")) {
            return new AllLinear();
        }
        var names = names(TARGETS);
        return names.orElseThrow(() ->
                LoadException.in(
                        fields.file(),
                        TARGETS
                                + " is missing or empty; expected a list of module names, a regular expression or \"all-linear\""));
    }

    private Optional<ModuleNames> excluded() {
        return names(EXCLUDED);
    }

    private Optional<ModuleNames> names(String field) {
        var texts = fields.texts(field).stream().distinct().toList();
        if (texts.isEmpty() || texts.equals(List.of(""))) {
            return Optional.empty();
        }
        return fields.get(field).orElseThrow().isString()
                ? Optional.of(new Regex(new PythonRegex(field, texts.getFirst(), budget)))
                : Optional.of(new Endings(texts));
    }

    private Optional<LayerFilter> layers(ModuleNames targets) {
        var layers = fields.get(LAYERS);
        if (layers.isPresent() && !(targets instanceof Endings)) {
            throw fields.problem(LAYERS, layers.get(), "null: " + TARGETS + " is no list");
        }
        var lists = fields.texts(LISTS).stream().filter(list -> !list.isEmpty()).toList();
        if (!lists.isEmpty() && layers.isEmpty()) {
            throw fields.problem(LISTS, lists, "null, because " + LAYERS + " is null");
        }
        var indices = fields.integers(LAYERS);
        return indices.isEmpty()
                ? Optional.empty()
                : Optional.of(LayerFilter.of(new HashSet<>(indices), lists, budget));
    }
}

package org.dlora.adapter.config;

import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The tensors that an adapter has besides A and B.
 *
 * @param isDora {@code use_dora}: a magnitude for each output (Liu et al. 2024)
 * @param hasLoraBias {@code lora_bias}: a bias of B
 * @param bias {@code bias}: biases that take the place of the base's
 * @param modulesToSave {@code modules_to_save}: modules retrained whole, by their full names
 */
public record Variant(
        boolean isDora, boolean hasLoraBias, BiasMode bias, Set<String> modulesToSave) {
    private static final String LORA_BIAS = "lora_bias";
    private static final String SAVED = "modules_to_save";

    public Variant {
        modulesToSave = Set.copyOf(modulesToSave);
    }

    /**
     * Reads the fields. Values and combinations that PEFT refuses are problems, and so are
     * retrained modules other than the two embeddings.
     */
    static Variant read(AdapterFields fields) {
        var variant =
                new Variant(
                        fields.flag("use_dora"),
                        fields.flag(LORA_BIAS),
                        bias(fields),
                        modulesToSave(fields));
        checkCombinations(variant, fields);
        return variant;
    }

    private static BiasMode bias(AdapterFields fields) {
        var name = fields.text("bias").orElse("none");
        var mode = BiasMode.named(name);
        if (mode.isEmpty()) {
            fields.refuse("bias", name, "none, all or lora_only");
        }
        return mode.orElse(BiasMode.NONE);
    }

    private static void checkCombinations(Variant variant, AdapterFields fields) {
        var init = fields.object().path("init_lora_weights");
        if (variant.isDora && init.isString() && init.stringValue().equals("mica")) {
            fields.refuse("use_dora", true, "it unset: PEFT has no DoRA with MiCA");
        }
        if (variant.hasLoraBias && variant.isDora) {
            fields.refuse(LORA_BIAS, true, "it unset: PEFT refuses it with use_dora");
        }
        if (variant.hasLoraBias && !init.isMissingNode() && !init.isBoolean()) {
            fields.refuse(
                    LORA_BIAS,
                    true,
                    "it unset: PEFT refuses it unless init_lora_weights is true or false");
        }
    }

    private static Set<String> modulesToSave(AdapterFields fields) {
        var text = fields.get(SAVED).filter(JsonNode::isString);
        if (text.isPresent()) {
            fields.refuse(SAVED, text.get(), "a list of module names");
            return Set.of();
        }
        var names = fields.texts(SAVED);
        var modules = new LinkedHashSet<String>();
        var others = new LinkedHashSet<String>();
        for (var name : names) {
            TargetModules.EMBEDDINGS.stream()
                    .filter(module -> ModuleNames.Endings.matches(name, module))
                    .findFirst()
                    .ifPresentOrElse(modules::add, () -> others.add(name));
        }
        if (!others.isEmpty()) {
            fields.refuse(
                    SAVED,
                    names,
                    "no other than embed_tokens and lm_head; leave out %s or adapt them by LoRA"
                            .formatted(Quote.plain(others.toString())));
        }
        return modules;
    }
}

package org.dlora.adapter;

import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What an adapter has besides A and B.
 *
 * @param isDora {@code use_dora}: a magnitude for each output (Liu et al. 2024)
 * @param hasLoraBias {@code lora_bias}: a bias of B
 * @param bias {@code bias}: biases that take the place of the base's
 * @param modulesToSave {@code modules_to_save}: modules retrained whole, by their full names
 */
record Variant(boolean isDora, boolean hasLoraBias, BiasMode bias, Set<String> modulesToSave) {
    private static final String LORA_BIAS = "lora_bias";
    private static final String SAVED = "modules_to_save";

    Variant {
        modulesToSave = Set.copyOf(modulesToSave);
    }

    /**
     * Reads the fields.
     *
     * @throws org.dlora.tensor.LoadException for values or combinations that PEFT refuses, and for
     *     retrained modules other than the two embeddings
     */
    static Variant read(AdapterFields fields) {
        var bias = fields.text("bias").orElse("none");
        var variant =
                new Variant(
                        fields.flag("use_dora"),
                        fields.flag(LORA_BIAS),
                        BiasMode.named(bias)
                                .orElseThrow(() ->
                                        fields.problem("bias", bias, "none, all or lora_only")),
                        modulesToSave(fields));
        checkCombinations(variant, fields);
        return variant;
    }

    private static void checkCombinations(Variant variant, AdapterFields fields) {
        var init = fields.object().path("init_lora_weights");
        if (variant.isDora && init.isString() && init.stringValue().equals("mica")) {
            throw fields.problem("use_dora", true, "it unset: PEFT has no DoRA with MiCA");
        }
        if (variant.hasLoraBias && variant.isDora) {
            throw fields.problem(LORA_BIAS, true, "it unset: PEFT refuses it with use_dora");
        }
        if (variant.hasLoraBias && !init.isMissingNode() && !init.isBoolean()) {
            throw fields.problem(
                    LORA_BIAS,
                    true,
                    "it unset: PEFT refuses it unless init_lora_weights is true or false");
        }
    }

    private static Set<String> modulesToSave(AdapterFields fields) {
        var names = fields.texts(SAVED);
        fields.get(SAVED)
                .filter(JsonNode::isString)
                .ifPresent(text -> {
                    throw fields.problem(SAVED, text, "a list of module names");
                });
        var modules = new LinkedHashSet<String>();
        for (var name : names) {
            modules.add(
                    TargetModules.EMBEDDINGS.stream()
                            .filter(module -> ModuleNames.Endings.matches(name, module))
                            .findFirst()
                            .orElseThrow(() ->
                                    fields.problem(
                                            SAVED,
                                            names,
                                            "no other than embed_tokens and lm_head, found "
                                                    + Quote.of(name)
                                                    + "; retrain the module by LoRA instead")));
        }
        return modules;
    }
}

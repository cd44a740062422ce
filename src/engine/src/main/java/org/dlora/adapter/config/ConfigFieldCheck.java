package org.dlora.adapter.config;

import java.util.Map;
import java.util.Set;
import org.dlora.tensor.LoadException;
import tools.jackson.databind.JsonNode;

/**
 * Check of every field of {@code adapter_config.json}. A field of PEFT is read, is known to be
 * harmless, or is refused by name if it is set. A field that is not listed here comes from another
 * version of PEFT. It passes only while it is off: null, false or empty.
 */
final class ConfigFieldCheck {
    /** Fields that {@link AdapterConfig} reads. */
    private static final Set<String> READ =
            Set.of(
                    "r",
                    "lora_alpha",
                    "use_rslora",
                    "rank_pattern",
                    "alpha_pattern",
                    "target_modules",
                    "exclude_modules",
                    "layers_to_transform",
                    "layers_pattern",
                    "use_dora",
                    "lora_bias",
                    "bias",
                    "modules_to_save",
                    "base_model_name_or_path");

    /** Fields that are checked here: a few values are harmless, and all others are refused. */
    private static final Set<String> CHECKED = Set.of("peft_type", "init_lora_weights");

    /** Fields that change nothing at inference, and why. */
    private static final Map<String, String> HARMLESS =
            Map.ofEntries(
                    Map.entry("lora_dropout", "acts in training only"),
                    Map.entry("inference_mode", "freezes parameters for training"),
                    Map.entry("task_type", "chooses a wrapper class; heads are tensors, and seen"),
                    Map.entry("auto_mapping", "names the base model's class"),
                    Map.entry("peft_version", "names the writer"),
                    Map.entry("revision", "names the base model's revision on the hub"),
                    Map.entry("runtime_config", "ignored by PEFT in files"),
                    Map.entry(
                            "fan_in_fan_out",
                            "PEFT resets it to false for nn.Linear, the only layer there is here"),
                    Map.entry("megatron_core", "means nothing without megatron_config"),
                    Map.entry("qalora_group_size", "means nothing without use_qalora"),
                    Map.entry("eva_config", "chose the initial weights only"),
                    Map.entry("corda_config", "means nothing without init_lora_weights: corda"),
                    Map.entry("lora_ga_config", "means nothing without init_lora_weights: lora_ga"),
                    Map.entry(
                            "merge_weights", "PEFT before 0.3: merging at eval() changes nothing"));

    /** Fields that change the maths and are not served, with what the user can do. */
    private static final Map<String, String> UNSUPPORTED =
            Map.ofEntries(
                    Map.entry(
                            "ensure_weight_tying",
                            "one adapter for both uses of a tied matrix is not supported; adapt embed_tokens and lm_head by their names"),
                    Map.entry("trainable_token_indices", "retrained tokens are not supported"),
                    Map.entry("target_parameters", "only modules can be adapted"),
                    Map.entry("layer_replication", "replicated layers are not supported"),
                    Map.entry("alora_invocation_tokens", "activated LoRA is not supported"),
                    Map.entry("use_qalora", "QALoRA is not supported"),
                    Map.entry("use_bdlora", "block-diagonal LoRA is not supported"),
                    Map.entry("arrow_config", "Arrow routing is not supported"),
                    Map.entry("kasa_config", "KaSA changes the base weights"),
                    Map.entry("velora_config", "VeLoRA is not supported"),
                    Map.entry("monteclora_config", "sampled LoRA weights are not supported"),
                    Map.entry("megatron_config", "Megatron's layers are not supported"),
                    Map.entry("loftq_config", "LoftQ needs its own quantised base weights"),
                    Map.entry("enable_lora", "PEFT before 0.3: fused layers adapted in part"));

    /** Initialisations after which the base weights are the pristine ones. */
    private static final Set<String> PLAIN_INITS =
            Set.of("true", "false", "gaussian", "eva", "orthogonal", "mica");

    private ConfigFieldCheck() {}

    /**
     * Checks every field. A field that would be served wrong becomes a problem of {@code fields}.
     *
     * @throws LoadException if the adapter is not LoRA, so that its fields mean something else
     */
    static void check(AdapterFields fields) {
        var kind = fields.object().path("peft_type");
        if (!kind.asString("").equals("LORA")) {
            throw new LoadException(
                    fields.problem(
                            "peft_type",
                            kind.isMissingNode() ? "missing" : kind,
                            "\"LORA\", the one PEFT method that is supported; where PEFT can convert the adapter (LoHa, LoKr, VeRA and more), load it there and call save_as_lora, otherwise train it as LoRA"));
        }
        fields.get("init_lora_weights").ifPresent(init -> checkInit(fields, init));
        fields.problems()
                .addAll(
                        fields.object()
                                .propertyStream()
                                .filter(field -> !isKnown(field.getKey()))
                                .filter(field -> isSet(field.getValue()))
                                .map(field -> unset(fields, field.getKey(), field.getValue())));
    }

    private static boolean isKnown(String name) {
        return READ.contains(name) || CHECKED.contains(name) || HARMLESS.containsKey(name);
    }

    private static String unset(AdapterFields fields, String name, JsonNode value) {
        return fields.problem(
                name,
                value,
                "it unset: "
                        + UNSUPPORTED.getOrDefault(
                                name,
                                "the field is unknown, so what it changes is too; save the adapter as plain LoRA"));
    }

    private static void checkInit(AdapterFields fields, JsonNode init) {
        boolean isPlain =
                (init.isString() || init.isBoolean())
                        && PLAIN_INITS.contains(init.asString().toLowerCase(java.util.Locale.ROOT));
        if (!isPlain) {
            fields.refuse(
                    "init_lora_weights",
                    init.isString() ? init.stringValue() : init,
                    "one of true, false, gaussian, eva, orthogonal, mica; pissa, olora, corda, loftq and lora_ga change the base weights: save the adapter with path_initial_model_for_weight_conversion to convert it to plain LoRA");
        }
    }

    private static boolean isSet(JsonNode value) {
        boolean isOff =
                value.isNull()
                        || (value.isBoolean() && !value.booleanValue())
                        || (value.isString() && value.stringValue().isEmpty())
                        || (value.isContainer() && value.isEmpty());
        return !isOff;
    }
}

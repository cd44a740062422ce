package org.dlora.adapter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.adapter.AdapterFolders;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class AdapterConfigTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path folder;

    @Test
    void absentFieldsHaveThePeftDefaults() throws IOException {
        var config =
                read(JSON.createObjectNode().put("peft_type", "LORA"), "target_modules", "[\"a\"]");
        assertThat(config.r()).isEqualTo(8);
        assertThat(config.alpha()).isEqualTo(8);
        assertThat(config.isRankStabilized()).isFalse();
        assertThat(config.scale("a", config.rank("a"))).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    peft_type             | "PREFIX_TUNING"
                    peft_type             | null
                    peft_type             | 3
                    r                     | null
                    r                     | 8.0
                    r                     | true
                    r                     | 3000000000
                    lora_alpha            | "16"
                    lora_alpha            | null
                    lora_alpha            | 1e300
                    use_rslora            | "yes"
                    use_rslora            | 1
                    rank_pattern          | []
                    rank_pattern          | {"q_proj": 0}
                    rank_pattern          | {"q_proj": 2.5}
                    rank_pattern          | {"(q_proj": 4}
                    alpha_pattern         | {"q_proj": null}
                    alpha_pattern         | "q_proj"
                    target_modules        | null
                    target_modules        | []
                    target_modules        | ""
                    target_modules        | [1]
                    target_modules        | {"q_proj": 1}
                    target_modules        | "q_proj("
                    exclude_modules       | 7
                    layers_to_transform   | "1"
                    layers_to_transform   | [1.5]
                    layers_pattern        | "layers"
                    base_model_name_or_path | 5
                    bias                  | "dora_only"
                    bias                  | true
                    use_dora              | "yes"
                    lora_bias             | 1
                    modules_to_save       | "lm_head"
                    modules_to_save       | ["lm_head", "norm"]
                    modules_to_save       | ["head"]
                    modules_to_save       | ["layers.0.mlp"]
                    modules_to_save       | ["score"]
                    ensure_weight_tying   | true
                    trainable_token_indices | [1, 2]
                    target_parameters     | ["mlp.up_proj.weight"]
                    layer_replication     | [[0, 1], [0, 2]]
                    alora_invocation_tokens | [5]
                    use_qalora            | true
                    use_bdlora            | {"nblocks": 2}
                    arrow_config          | {"top_k": 3}
                    kasa_config           | {"beta": 0.1}
                    velora_config         | {"scale": 1}
                    monteclora_config     | {"num_samples": 8}
                    megatron_config       | {"tensor_parallel": 2}
                    loftq_config          | {"loftq_bits": 4}
                    init_lora_weights     | "pissa"
                    init_lora_weights     | "pissa_niter_16"
                    init_lora_weights     | "olora"
                    init_lora_weights     | "corda"
                    init_lora_weights     | "loftq"
                    init_lora_weights     | "lora_ga"
                    init_lora_weights     | "of_tomorrow"
                    init_lora_weights     | 1
                    use_lora_of_tomorrow  | true
                    lora_of_tomorrow      | {"depth": 3}
                    lora_of_tomorrow      | 0.5
                    """)
    void namesTheRefusedField(String field, String value) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> read(AdapterFolders.config(), field, value))
                .withMessageStartingWith("adapter_config.json: " + field)
                .withMessageContaining("expected");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    lora_dropout          | 0.1
                    inference_mode        | false
                    task_type             | null
                    auto_mapping          | {"base_model_class": "LlamaForCausalLM"}
                    peft_version          | "0.99.0"
                    revision              | "main"
                    fan_in_fan_out        | true
                    megatron_core         | "megatron.core"
                    qalora_group_size     | 16
                    eva_config            | {"rho": 2.0}
                    init_lora_weights     | false
                    init_lora_weights     | null
                    init_lora_weights     | "gaussian"
                    init_lora_weights     | "eva"
                    init_lora_weights     | "orthogonal"
                    init_lora_weights     | "mica"
                    lora_of_tomorrow      | null
                    lora_of_tomorrow      | false
                    lora_of_tomorrow      | ""
                    lora_of_tomorrow      | []
                    lora_of_tomorrow      | {}
                    modules_to_save       | []
                    rank_pattern          | null
                    exclude_modules       | []
                    layers_to_transform   | []
                    """)
    void acceptsHarmlessFields(String field, String value) throws IOException {
        var config = read(AdapterFolders.config(), field, value);
        assertThat(config.targets().contains("model.layers.1.self_attn.q_proj")).isTrue();
        assertThat(config.scale("model.layers.1.self_attn.q_proj", 4)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "3", "\"x\"", "[]", "{\"r\": 4, \"r\": 8}", "{\"r\": 4", ""})
    void refusesTextOtherThanAJsonObject(String text) throws IOException {
        Files.writeString(folder.resolve(AdapterConfig.FILE), text);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> AdapterConfig.read(folder))
                .withMessageStartingWith("adapter_config.json: ");
    }

    @Test
    void errorsQuoteNoMoreThanALine() {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() ->
                        read(
                                AdapterFolders.config(),
                                "x\\n" + "y".repeat(500),
                                "\"a\\n" + "b".repeat(500) + "\""))
                .satisfies(
                        e -> assertThat(e.getMessage()).hasSizeLessThan(500).doesNotContain("\n"));
    }

    private AdapterConfig read(ObjectNode config, String field, String json) throws IOException {
        config.set(field.replace("\\n", "\n"), JSON.readTree(json));
        Files.writeString(folder.resolve(AdapterConfig.FILE), config.toString());
        return AdapterConfig.read(folder);
    }
}

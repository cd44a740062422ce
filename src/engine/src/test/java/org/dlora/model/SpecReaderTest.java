package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class SpecReaderTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String SIZES =
            """
            "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4\
            """;

    @TempDir Path folder;

    @Test
    void fillsInLlamasDefaults() throws IOException {
        var spec = read("LlamaForCausalLM", "");
        assertThat(spec)
                .isEqualTo(
                        new DecoderSpec(
                                "LlamaForCausalLM",
                                100,
                                64,
                                96,
                                3,
                                4,
                                4,
                                16,
                                1e-6f,
                                new RopeSpec.Default(10_000),
                                2048,
                                List.of(0, 0, 0),
                                false,
                                false,
                                false,
                                false,
                                false,
                                false));
    }

    @Test
    void readsBiasesWhereTheArchitectureHasThem() throws IOException {
        var flags = "\"attention_bias\": true, \"mlp_bias\": true, \"num_key_value_heads\": 2";
        assertThat(biases(read("LlamaForCausalLM", flags))).containsExactly(true, true, true);
        assertThat(biases(read("MistralForCausalLM", flags))).containsExactly(false, false, false);
        assertThat(biases(read("Qwen2ForCausalLM", flags))).containsExactly(true, false, false);
        assertThat(biases(read("Qwen3ForCausalLM", flags))).containsExactly(true, true, false);
        assertThat(biases(read("Phi3ForCausalLM", flags))).containsExactly(false, false, false);
    }

    @Test
    void derivesTheHeadDimensionUnlessItIsGiven() throws IOException {
        var kv = "\"num_key_value_heads\": 2";
        assertThat(read("LlamaForCausalLM", "\"head_dim\": null").headDim()).isEqualTo(16);
        assertThat(read("MistralForCausalLM", kv + ", \"head_dim\": 24").headDim()).isEqualTo(24);
        assertThat(read("Qwen3ForCausalLM", kv).headDim()).isEqualTo(128);
        assertThat(read("Phi3ForCausalLM", kv).headDim()).isEqualTo(16);
    }

    @Test
    void absentKeyValueHeadsDifferFromNull() throws IOException {
        var null4 = "\"num_key_value_heads\": null";
        assertThat(read("MistralForCausalLM", null4).kvHeads()).isEqualTo(4);
        assertThat(read("Qwen2ForCausalLM", null4).kvHeads()).isEqualTo(4);
        assertThat(read("Phi3ForCausalLM", "").kvHeads()).isEqualTo(4);
        assertThat(read("MistralForCausalLM", "\"num_attention_heads\": 16").kvHeads())
                .isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "LlamaForCausalLM   | \"sliding_window\": 8                                                          | [0, 0, 0]",
                "MistralForCausalLM | \"dtype\": \"float32\"                                                         | [4096, 4096, 4096]",
                "MistralForCausalLM | \"sliding_window\": null                                                       | [0, 0, 0]",
                "MistralForCausalLM | \"sliding_window\": 8                                                          | [8, 8, 8]",
                "Phi3ForCausalLM    | \"dtype\": \"float32\"                                                         | [0, 0, 0]",
                "Phi3ForCausalLM    | \"sliding_window\": 8                                                          | [8, 8, 8]",
                "Qwen2ForCausalLM   | \"sliding_window\": 8, \"max_window_layers\": 1                                | [0, 0, 0]",
                "Qwen2ForCausalLM   | \"use_sliding_window\": true, \"sliding_window\": 8, \"max_window_layers\": 1  | [0, 8, 8]",
                "Qwen2ForCausalLM   | \"use_sliding_window\": true, \"sliding_window\": 8                            | [0, 0, 0]",
                "Qwen3ForCausalLM   | \"use_sliding_window\": true, \"max_window_layers\": 2                         | [0, 0, 4096]",
                "Qwen3ForCausalLM   | \"use_sliding_window\": true, \"sliding_window\": 8, \"layer_types\": [\"sliding_attention\", \"full_attention\", \"full_attention\"] | [8, 0, 0]",
            })
    void windowsFollowTheArchitecture(String architecture, String fields, String windows)
            throws IOException {
        var spec = read(architecture, fields + ", \"num_key_value_heads\": 2");
        assertThat(spec.windows()).hasToString(windows);
        assertThat(spec.attention(2).window()).isEqualTo(spec.windows().get(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"rope_theta\": 5e5                                                              | Default[theta=500000.0]",
                "\"rope_scaling\": null, \"rope_theta\": 1000                                     | Default[theta=1000.0]",
                "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 7}             | Default[theta=7.0]",
                "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}                          | Linear[theta=10000.0, factor=4.0]",
                "\"rope_parameters\": {\"rope_type\": \"linear\", \"rope_theta\": 9, \"factor\": 2.5} | Linear[theta=9.0, factor=2.5]",
                "\"rope_theta\": 5e5, \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 8192}"
                        + " | Llama3[theta=500000.0, factor=8.0, lowFreqFactor=1.0, highFreqFactor=4.0, originalMaxPositions=8192]",
                "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4}"
                        + " | Llama3[theta=10000.0, factor=8.0, lowFreqFactor=1.0, highFreqFactor=4.0, originalMaxPositions=2048]",
            })
    void readsRotaryEmbeddingUnderOldAndNewKeys(String fields, String rope) throws IOException {
        assertThat(read("LlamaForCausalLM", fields).rope()).hasToString(rope);
    }

    @ParameterizedTest
    @CsvSource({"torch_dtype, float16", "dtype, bfloat16", "torch_dtype, float32"})
    void acceptsTheDtypesOfWeightsUnderOldAndNewKeys(String key, String value) throws IOException {
        assertThat(read("LlamaForCausalLM", "\"%s\": \"%s\"".formatted(key, value)))
                .isEqualTo(read("LlamaForCausalLM", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"architectures\": [\"GemmaForCausalLM\"]                    | architectures is [\"GemmaForCausalLM\"]; expected one of [LlamaForCausalLM",
                "\"architectures\": null                                      | architectures is null; expected a list",
                "\"architectures\": []                                        | architectures is []; expected a list",
                "\"quantization_config\": {\"bits\": 4}                       | quantization_config is {\"bits\":4}; expected none",
                "\"hidden_act\": \"gelu\"                                     | hidden_act is \"gelu\"; expected silu",
                "\"hidden_act\": 3                                            | hidden_act is 3; expected a string",
                "\"num_key_value_heads\": 3                                   | num_key_value_heads",
                "\"num_attention_heads\": 5                                   | no multiple of num_attention_heads, 5",
                "\"head_dim\": 15                                             | head_dim is 15; rotary embedding needs an even number",
                "\"hidden_size\": null                                        | hidden_size is missing",
                "\"hidden_size\": -64                                         | hidden_size is -64; expected an integer from 1",
                "\"hidden_size\": 64.5                                        | hidden_size is 64.5; expected an integer",
                "\"hidden_size\": \"64\"                                      | hidden_size is \"64\"; expected an integer",
                "\"hidden_size\": 1e99                                        | hidden_size is 1.0E99; expected an integer",
                "\"num_hidden_layers\": 2000000000                            | num_hidden_layers is 2000000000; expected an integer from 1 to 1000",
                "\"vocab_size\": 99999999999                                  | vocab_size is 99999999999; expected an integer",
                "\"rms_norm_eps\": \"x\"                                      | rms_norm_eps is \"x\"; expected a number",
                "\"tie_word_embeddings\": 1                                   | tie_word_embeddings is 1; expected true or false",
                "\"torch_dtype\": \"int8\"                                    | torch_dtype is \"int8\"; expected float32, float16 or bfloat16",
                "\"partial_rotary_factor\": 0.75                              | config.json: partial_rotary_factor is 0.75; expected 1",
                "\"rope_parameters\": {\"partial_rotary_factor\": 0.25}        | rope_parameters.partial_rotary_factor is 0.25; expected 1",
                "\"rope_scaling\": 4                                          | rope_scaling is 4; expected an object",
                "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4}   | rope_scaling.rope_type is \"yarn\"; expected default, linear or llama3",
                "\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 4}     | rope_scaling.type is \"dynamic\"; expected default, linear or llama3",
                "\"rope_parameters\": {\"rope_type\": \"longrope\"}           | rope_parameters.rope_type is \"longrope\"; expected default, linear or llama3",
                "\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 1}} | expected one rotary embedding for all layers",
                "\"rope_scaling\": {\"type\": \"linear\"}                     | rope_scaling.factor is null; expected a number",
                "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0}      | rope_scaling.factor is 0; expected a number",
                "\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4} | rope_scaling.low_freq_factor is 4; expected less than",
            })
    void refusesUnsupportedFieldsByNameAndValue(String field, String message) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> read("LlamaForCausalLM", field))
                .withMessageStartingWith("config.json: ")
                .withMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[\"full_attention\"]                                                  | a list of 3",
                "[\"full_attention\", \"linear_attention\", \"full_attention\"]        | full_attention or sliding_attention",
                "[\"full_attention\", \"sliding_attention\", \"full_attention\"]       | use_sliding_window",
            })
    void refusesUnsupportedLayerTypes(String types, String message) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() ->
                        read(
                                "Qwen3ForCausalLM",
                                "\"num_key_value_heads\": 2, \"layer_types\": " + types))
                .withMessageContainingAll("config.json: layer_types is [", message);
    }

    /** Reads a config of {@code architecture} with small sizes, which {@code fields} override. */
    private DecoderSpec read(String architecture, String fields) throws IOException {
        var config =
                (ObjectNode)
                        JSON.readTree(
                                "{\"architectures\": [\"" + architecture + "\"], " + SIZES + "}");
        config.setAll((ObjectNode) JSON.readTree("{" + fields + "}"));
        return SpecReader.read(Files.writeString(folder.resolve("config.json"), config.toString()));
    }

    private static List<Boolean> biases(DecoderSpec spec) {
        return List.of(spec.qkvBias(), spec.outputBias(), spec.mlpBias());
    }
}

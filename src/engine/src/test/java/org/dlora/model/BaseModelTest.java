package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class BaseModelTest {
    private static final Path BAD = Golden.ROOT.resolve("bad");
    private static final Path SOUND = BAD.resolve("base-model");

    @TempDir Path folder;

    @Test
    void opensASoundModel() {
        try (var model = BaseModel.open(SOUND)) {
            assertThat(model.folder()).isEqualTo(SOUND);
            assertThat(model.spec().architecture()).isEqualTo("LlamaForCausalLM");
            assertThat(model.modules()).hasSize(7 * model.spec().layers());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model-bad-dtype            | model.safetensors                 | dtype",
                "model-config-not-json      | config.json                       | JSON",
                "model-header-too-long      | model.safetensors                 | header length",
                "model-heads-do-not-divide  | config.json                       | num_key_value_heads",
                "model-index-missing-shard  | model-00001-of-00001.safetensors  | missing",
                "model-index-zip-slip       | model.safetensors.index.json      | path outside the folder",
                "model-missing-tensor       | model.safetensors                 | model.layers.1.mlp.up_proj.weight is missing; expected shape [48, 32], as config.json says. Copy",
                "model-no-config            | config.json                       | missing",
                "model-offset-negative      | model.safetensors                 | found \"-",
                "model-offsets-overlap      | model.safetensors                 | overlap",
                "model-tokenizer-not-json   | tokenizer.json                    | JSON",
                "model-truncated            | model.safetensors                 | beyond the end of the file",
                "model-unknown-architecture | config.json                       | FancyForCausalLM",
                "model-wrong-shape          | model.safetensors                 | model.layers.0.self_attn.k_proj.weight has shape",
            })
    void refusesEveryMalformedModel(String name, String file, String problem) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(BAD.resolve(name)))
                .withMessageStartingWith(file + ": ")
                .withMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource({"base-model/config.json, is a file", "nowhere, does not exist"})
    void namesTheReasonForAPathThatIsNoFolder(String path, String problem) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(BAD.resolve(path)))
                .withMessageContaining("the model folder " + BAD.resolve(path) + " " + problem);
    }

    @Test
    void stacksModulesUnderTransformersNames() {
        try (var model = BaseModel.open(Golden.model("llama-gqa"))) {
            assertThat(model.modules())
                    .startsWith(
                            new LinearModule(
                                    "model.layers.0.self_attn.q_proj",
                                    0,
                                    LinearSite.QKV,
                                    0,
                                    64,
                                    64),
                            new LinearModule(
                                    "model.layers.0.self_attn.k_proj",
                                    0,
                                    LinearSite.QKV,
                                    64,
                                    32,
                                    64),
                            new LinearModule(
                                    "model.layers.0.self_attn.v_proj",
                                    0,
                                    LinearSite.QKV,
                                    96,
                                    32,
                                    64),
                            new LinearModule(
                                    "model.layers.0.self_attn.o_proj", 0, LinearSite.O, 0, 64, 64),
                            new LinearModule(
                                    "model.layers.0.mlp.gate_proj",
                                    0,
                                    LinearSite.GATE_UP,
                                    0,
                                    192,
                                    64),
                            new LinearModule(
                                    "model.layers.0.mlp.up_proj",
                                    0,
                                    LinearSite.GATE_UP,
                                    192,
                                    192,
                                    64),
                            new LinearModule(
                                    "model.layers.0.mlp.down_proj",
                                    0,
                                    LinearSite.DOWN,
                                    0,
                                    64,
                                    192));
        }
    }

    @Test
    void namesPhi3sFusedModules() {
        try (var model = BaseModel.open(Golden.vectorModel("phi3"))) {
            assertThat(model.modules())
                    .startsWith(
                            new LinearModule(
                                    "model.layers.0.self_attn.qkv_proj",
                                    0,
                                    LinearSite.QKV,
                                    0,
                                    128,
                                    64),
                            new LinearModule(
                                    "model.layers.0.self_attn.o_proj", 0, LinearSite.O, 0, 64, 64),
                            new LinearModule(
                                    "model.layers.0.mlp.gate_up_proj",
                                    0,
                                    LinearSite.GATE_UP,
                                    0,
                                    256,
                                    64),
                            new LinearModule(
                                    "model.layers.0.mlp.down_proj",
                                    0,
                                    LinearSite.DOWN,
                                    0,
                                    64,
                                    128));
        }
    }

    @Test
    void readsSamplingDefaults() {
        try (var model = BaseModel.open(Golden.model("llama-gqa"))) {
            assertThat(model.generation().endTokens()).containsExactlyInAnyOrder(442, 445, 446);
            assertThat(model.generation().temperature()).hasValue(0.7);
            assertThat(model.generation().topP()).hasValue(0.8);
            assertThat(model.generation().topK()).hasValue(20);
            assertThat(model.generation().minP()).isEmpty();
            assertThat(model.generation().repetitionPenalty()).hasValue(1.05);
        }
    }

    @Test
    void readsEndTokensFromConfigAndTokenizer() throws IOException {
        copySound();
        Files.delete(folder.resolve("generation_config.json"));
        replaceInConfig("\"eos_token_id\": ", "\"eos_token_id\": 7, \"was\": ");
        try (var model = BaseModel.open(folder)) {
            assertThat(model.generation().endTokens()).containsExactlyInAnyOrder(7, 279);
            assertThat(model.generation().temperature()).isEqualTo(OptionalDouble.empty());
            assertThat(model.generation().topK()).isEqualTo(OptionalInt.empty());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"temperature\": -1}",
                "{\"temperature\": \"hot\"}",
                "{\"top_p\": 1.5}",
                "{\"top_k\": 2.5}",
                "{\"repetition_penalty\": 0}",
                "{\"eos_token_id\": [1, \"two\"]}",
                "[]",
                "{",
            })
    void refusesAMalformedGenerationConfig(String json) throws IOException {
        copySound();
        Files.writeString(folder.resolve("generation_config.json"), json);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(folder))
                .withMessageStartingWith("generation_config.json: ");
    }

    @Test
    void refusesTensorsUnknownToTheConfig() throws IOException {
        copySound();
        replaceInConfig("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(folder))
                .withMessageContainingAll("model.safetensors: tensor model.layers.1.", "unknown");
    }

    @Test
    void listsEveryTensorThatIsMissingOrWrong() throws IOException {
        copySound();
        replaceInConfig("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
        replaceInConfig("\"vocab_size\": 280", "\"vocab_size\": 281");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(folder))
                .withMessageContainingAll(
                        "model.layers.2.self_attn.q_proj.weight is missing",
                        "model.layers.2.post_attention_layernorm.weight is missing",
                        "model.embed_tokens.weight has shape [280, 32], expected [281, 32]",
                        "lm_head.weight has shape");
    }

    @Test
    void refusesATiedModelWithAnotherOutputMatrix() throws IOException {
        copySound();
        replaceInConfig("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(folder))
                .withMessageContainingAll(
                        "lm_head.weight differs from model.embed_tokens.weight",
                        "tie_word_embeddings");
    }

    @Test
    void refusesATokenizerLargerThanTheModel() throws IOException {
        copySound();
        var bigger = Files.readString(Golden.model("qwen3").resolve("tokenizer.json"));
        Files.writeString(folder.resolve("tokenizer.json"), bigger);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(folder))
                .withMessageContainingAll("tokenizer.json: has 505 tokens", "vocab_size");
    }

    @Test
    void warnsOfAddedTokensWithoutAnEmbedding() throws IOException {
        copySound();
        var file = folder.resolve("tokenizer.json");
        var tokenizer = (ObjectNode) new JsonMapper().readTree(file.toFile());
        var extra = tokenizer.withArray("added_tokens").addObject();
        extra.setAll((ObjectNode) tokenizer.withArray("added_tokens").get(0));
        extra.put("id", 280).put("content", "<|extra|>");
        Files.writeString(file, tokenizer.toString());
        try (var model = BaseModel.open(folder)) {
            assertThat(model.tokenizer().encode("<|extra|>", false)).containsExactly(280);
            assertThat(model.warnings())
                    .singleElement()
                    .asString()
                    .contains("added tokens up to id 280", "below 280", "is refused");
        }
    }

    @Test
    void refusesAMissingTokenizer() throws IOException {
        copySound();
        Files.delete(folder.resolve("tokenizer.json"));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> BaseModel.open(folder))
                .withMessageContainingAll("tokenizer.json: missing");
    }

    private void copySound() throws IOException {
        try (var files = Files.list(SOUND)) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    private void replaceInConfig(String from, String to) throws IOException {
        var file = folder.resolve("config.json");
        var text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }
}

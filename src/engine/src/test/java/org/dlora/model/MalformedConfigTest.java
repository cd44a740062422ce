package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.dlora.tensor.JsonDamage;
import org.dlora.tensor.LoadException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whatever value a field holds, the config is read or refused with a sentence. It never asks for
 * absurd sizes.
 */
class MalformedConfigTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Property(tries = 500)
    void anyFieldValueIsReadOrRefused(
            @ForAll("models") String model,
            @ForAll("fields") String field,
            @ForAll("values") String value)
            throws IOException {
        var config =
                (ObjectNode) JSON.readTree(Golden.model(model).resolve("config.json").toFile());
        config.set(field, JSON.readTree(value));
        var file = Files.createTempFile("config", ".json");
        try {
            Files.writeString(file, JsonDamage.text(config));
            var spec = SpecReader.read(file);
            assertThat(spec.heads() % spec.kvHeads()).isZero();
            assertThat(spec.headDim()).isPositive().isEven();
            assertThat(spec.outputs(LinearSite.QKV)).isPositive();
            assertThat(spec.windows()).hasSize(spec.layers());
        } catch (LoadException e) {
            assertThat(e).hasMessageStartingWith(file.getFileName() + ": ");
        } finally {
            Files.delete(file);
        }
    }

    @Provide
    Arbitrary<String> models() {
        return Arbitraries.of(Golden.MODELS);
    }

    @Provide
    Arbitrary<String> fields() {
        return Arbitraries.of(
                "architectures",
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads",
                "num_key_value_heads",
                "head_dim",
                "vocab_size",
                "max_position_embeddings",
                "rms_norm_eps",
                "rope_theta",
                "rope_scaling",
                "rope_parameters",
                "sliding_window",
                "use_sliding_window",
                "max_window_layers",
                "layer_types",
                "tie_word_embeddings",
                "attention_bias",
                "mlp_bias",
                "torch_dtype",
                "dtype",
                "hidden_act",
                "quantization_config");
    }

    @Provide
    Arbitrary<String> values() {
        var own =
                List.of(
                        "4096",
                        "\"silu\"",
                        "\"bfloat16\"",
                        "[\"full_attention\", \"sliding_attention\"]",
                        "{\"type\": \"linear\", \"factor\": 2}",
                        "{\"rope_type\": 3}",
                        "{\"rope_type\": \"llama3\", \"factor\": -1}");
        return Arbitraries.oneOf(Arbitraries.of(JsonDamage.VALUES), Arbitraries.of(own));
    }
}

package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Configurations as the hub has them, irrelevant fields included: read as transformers reads them.
 */
class PublishedConfigTest {
    @TempDir Path folder;

    @Test
    void readsLlama32With1B() throws IOException {
        var spec =
                read(
                        """
                        {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000,
                         "eos_token_id": [128001, 128008, 128009], "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048,
                         "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
                         "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8,
                         "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
                         "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
                         "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
                         "transformers_version": "4.45.0.dev0", "use_cache": true, "vocab_size": 128256}
                        """);
        assertThat(spec.rope()).isEqualTo(new RopeSpec.Llama3(500_000, 32, 1, 4, 8192));
        assertThat(spec.outputs(LinearSite.QKV)).isEqualTo((32 + 2 * 8) * 64);
        assertThat(spec.tiedEmbeddings()).isTrue();
        assertThat(spec.maxPositions()).isEqualTo(131_072);
    }

    @Test
    void readsPhi3MiniWith4kPositions() throws IOException {
        var spec =
                read(
                        """
                        {"_name_or_path": "Phi-3-mini-4k-instruct", "architectures": ["Phi3ForCausalLM"], "attention_bias": false,
                         "attention_dropout": 0.0, "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config",
                         "AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM"}, "bos_token_id": 1, "embd_pdrop": 0.0,
                         "eos_token_id": 32000, "hidden_act": "silu", "hidden_size": 3072, "initializer_range": 0.02,
                         "intermediate_size": 8192, "max_position_embeddings": 4096, "model_type": "phi3", "num_attention_heads": 32,
                         "num_hidden_layers": 32, "num_key_value_heads": 32, "original_max_position_embeddings": 4096,
                         "pad_token_id": 32000, "resid_pdrop": 0.0, "rms_norm_eps": 1e-05, "rope_scaling": null,
                         "rope_theta": 10000.0, "sliding_window": 2047, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
                         "transformers_version": "4.40.2", "use_cache": true, "vocab_size": 32064}
                        """);
        assertThat(spec.windows()).hasSize(32).containsOnly(2047);
        assertThat(spec.rope()).isEqualTo(new RopeSpec.Default(10_000));
        assertThat(spec.headDim()).isEqualTo(96);
        assertThat(spec.fusedProjections()).isTrue();
    }

    @Test
    void readsMistral7bWithAndWithoutItsWindow() throws IOException {
        var config =
                """
                {"architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2,
                 "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336,
                 "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32,
                 "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "sliding_window": %s,
                 "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_cache": true, "vocab_size": 32768}
                """;
        assertThat(read(config.formatted("4096")).windows()).containsOnly(4096);
        assertThat(read(config.formatted("null")).windows()).containsOnly(0);
    }

    @Test
    void readsQwen25With7BAndItsWindowOff() throws IOException {
        var spec =
                read(
                        """
                        {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
                         "eos_token_id": 151645, "hidden_act": "silu", "hidden_size": 3584, "initializer_range": 0.02,
                         "intermediate_size": 18944, "max_position_embeddings": 32768, "max_window_layers": 28, "model_type": "qwen2",
                         "num_attention_heads": 28, "num_hidden_layers": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-06,
                         "rope_theta": 1000000.0, "sliding_window": 131072, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
                         "use_cache": true, "use_sliding_window": false, "vocab_size": 152064}
                        """);
        assertThat(Set.copyOf(spec.windows())).containsExactly(0);
        assertThat(spec.qkvBias()).isTrue();
        assertThat(spec.outputBias()).isFalse();
    }

    @Test
    void readsQwen3With600MAndItsHeadDimension() throws IOException {
        var spec =
                read(
                        """
                        {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 151643,
                         "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu", "hidden_size": 1024, "initializer_range": 0.02,
                         "intermediate_size": 3072, "max_position_embeddings": 40960, "max_window_layers": 28, "model_type": "qwen3",
                         "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06,
                         "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": true,
                         "torch_dtype": "bfloat16", "use_cache": true, "use_sliding_window": false, "vocab_size": 151936}
                        """);
        assertThat(spec.inputs(LinearSite.O)).isEqualTo(2048);
        assertThat(spec.qkNorm()).isTrue();
        assertThat(spec.qkvBias()).isFalse();
    }

    @Test
    void readsTinyLlamaAndSmolLm2AsLlamas() throws IOException {
        var tinyLlama =
                read(
                        """
                        {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 1, "eos_token_id": 2,
                         "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 5632,
                         "max_position_embeddings": 2048, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 22,
                         "num_key_value_heads": 4, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": null,
                         "rope_theta": 10000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 32000}
                        """);
        assertThat(tinyLlama.headDim()).isEqualTo(64);
        var smolLm2 =
                read(
                        """
                        {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1,
                         "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664,
                         "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "mlp_bias": false,
                         "model_type": "llama", "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3,
                         "pad_token_id": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_interleaved": false,
                         "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
                         "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16"}}, "use_cache": true, "vocab_size": 49152}
                        """);
        assertThat(smolLm2.headDim()).isEqualTo(64);
        assertThat(smolLm2.rope()).isEqualTo(new RopeSpec.Default(100_000));
    }

    private DecoderSpec read(String config) throws IOException {
        return SpecReader.read(Files.writeString(folder.resolve("config.json"), config));
    }
}

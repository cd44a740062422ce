package org.dlora.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;

/**
 * {@code config.json} → {@link DecoderSpec}, by the rules of transformers: keys old and new,
 * defaults of the architecture's configuration class. A value that is not supported is refused with
 * the field, its value and the supported ones.
 */
final class SpecReader {
    private static final Set<String> DTYPES = Set.of("float32", "float16", "bfloat16");
    private static final int MAX_VOCAB = 1 << 22;
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_LAYERS = 1000;
    private static final int MAX_HEADS = 1 << 12;
    private static final int MAX_HEAD_DIM = 1 << 10;
    private static final int MAX_POSITIONS = 1 << 27;

    private final ConfigFields config;
    private final Architecture architecture;

    private SpecReader(ConfigFields config) {
        this.config = config;
        this.architecture = architecture(config);
    }

    static DecoderSpec read(Path file) {
        return new SpecReader(new ConfigFields(file, "", JsonFile.read(file))).spec();
    }

    private DecoderSpec spec() {
        var quantization = config.get("quantization_config");
        if (quantization != null) {
            throw config.problem(
                    "quantization_config", quantization, "none: weights must be F32, F16 or BF16");
        }
        var activation = config.text("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw config.problem("hidden_act", config.get("hidden_act"), "silu");
        }
        checkDtype();
        int hiddenSize = config.size("hidden_size", MAX_WIDTH);
        int layers = config.size("num_hidden_layers", MAX_LAYERS);
        int heads = config.size("num_attention_heads", MAX_HEADS);
        int maxPositions =
                config.size("max_position_embeddings", architecture.maxPositions(), MAX_POSITIONS);
        boolean attentionBias = config.flag("attention_bias", false);
        return new DecoderSpec(
                architecture.className(),
                config.size("vocab_size", MAX_VOCAB),
                hiddenSize,
                config.size("intermediate_size", MAX_WIDTH),
                layers,
                heads,
                kvHeads(heads),
                headDim(hiddenSize, heads),
                (float) config.number("rms_norm_eps", 0, 1).orElse(architecture.rmsNormEps()),
                new RopeReader(config, maxPositions).rope(),
                maxPositions,
                windows(layers),
                config.flag("tie_word_embeddings", false),
                architecture.qkvBias(attentionBias),
                architecture.outputBias(attentionBias),
                architecture == Architecture.LLAMA && config.flag("mlp_bias", false),
                architecture.hasQkNorm(),
                architecture.hasFusedProjections());
    }

    private static Architecture architecture(ConfigFields config) {
        var supported = Arrays.stream(Architecture.values()).map(Architecture::className).toList();
        var list = config.get("architectures");
        if (list == null || list.size() != 1 || !list.path(0).isString()) {
            throw config.problem("architectures", list, "a list of one of " + supported);
        }
        return Architecture.named(list.path(0).stringValue())
                .orElseThrow(() -> config.problem("architectures", list, "one of " + supported));
    }

    private int kvHeads(int heads) {
        int absent = config.isNull("num_key_value_heads") ? heads : architecture.kvHeads(heads);
        int kvHeads = config.size("num_key_value_heads", absent, MAX_HEADS);
        if (heads % kvHeads != 0) {
            throw LoadException.in(
                    config.file(),
                    "num_attention_heads is %d, which is no multiple of num_key_value_heads, %d"
                            .formatted(heads, kvHeads));
        }
        return kvHeads;
    }

    private int headDim(int hiddenSize, int heads) {
        int headDim =
                config.size("head_dim", architecture.headDim(hiddenSize, heads), MAX_HEAD_DIM);
        boolean derived = config.get("head_dim") == null && architecture != Architecture.QWEN3;
        if (derived && hiddenSize % heads != 0) {
            throw LoadException.in(
                    config.file(),
                    "hidden_size is %d, which is no multiple of num_attention_heads, %d, and there is no head_dim"
                            .formatted(hiddenSize, heads));
        }
        if (headDim % 2 != 0) {
            throw LoadException.in(
                    config.file(),
                    "head_dim is " + headDim + "; rotary embedding needs an even number");
        }
        return headDim;
    }

    private List<Integer> windows(int layers) {
        return switch (architecture) {
            case LLAMA -> Collections.nCopies(layers, 0);
            case PHI3 -> Collections.nCopies(layers, window(0));
            case MISTRAL ->
                    Collections.nCopies(layers, window(config.isNull("sliding_window") ? 0 : 4096));
            case QWEN2, QWEN3 -> qwenWindows(layers);
        };
    }

    private int window(int absent) {
        return config.size("sliding_window", absent, Integer.MAX_VALUE);
    }

    private List<Integer> qwenWindows(int layers) {
        int window =
                config.flag("use_sliding_window", false)
                        ? window(config.isNull("sliding_window") ? 0 : 4096)
                        : 0;
        int first = config.integer("max_window_layers", 0, Integer.MAX_VALUE).orElse(28);
        var types = config.get("layer_types");
        if (types != null && types.size() != layers) {
            throw config.problem(
                    "layer_types", types, "a list of " + layers + ", as num_hidden_layers says");
        }
        var windows = new ArrayList<Integer>();
        for (int layer = 0; layer < layers; layer++) {
            boolean sliding = layer >= first;
            if (types != null) {
                sliding =
                        switch (types.path(layer).asString("")) {
                            case "full_attention" -> false;
                            case "sliding_attention" -> true;
                            default ->
                                    throw config.problem(
                                            "layer_types",
                                            types,
                                            "full_attention or sliding_attention for each layer");
                        };
                if (sliding && window == 0) {
                    throw config.problem(
                            "layer_types",
                            types,
                            "no sliding_attention without use_sliding_window and sliding_window");
                }
            }
            windows.add(sliding ? window : 0);
        }
        return windows;
    }

    /**
     * Checks the dtype of the weights. Any other than these means that the checkpoint is quantised.
     */
    private void checkDtype() {
        var name = config.get("dtype") != null ? "dtype" : "torch_dtype";
        if (!DTYPES.contains(config.text(name, "float32"))) {
            throw config.problem(name, config.get(name), "float32, float16 or bfloat16");
        }
    }
}

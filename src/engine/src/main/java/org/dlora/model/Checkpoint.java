package org.dlora.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Problems;
import org.dlora.tensor.Tensor;
import org.dlora.tensor.TensorSource;

/** The tensors that a model folder must hold, under the names of transformers' module tree. */
public final class Checkpoint {
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    public static final String OUTPUT = "lm_head.weight";
    public static final String INPUT_NORM = "input_layernorm.weight";
    public static final String POST_ATTENTION_NORM = "post_attention_layernorm.weight";
    public static final String Q_NORM = "self_attn.q_norm.weight";
    public static final String K_NORM = "self_attn.k_norm.weight";

    /** Tensors that are computed from the config, yet saved by old versions of transformers. */
    private static final Pattern HARMLESS =
            Pattern.compile("model\\.(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq");

    private final DecoderSpec spec;
    private final List<LinearModule> modules;

    Checkpoint(DecoderSpec spec) {
        this.spec = spec;
        var all = new ArrayList<LinearModule>();
        for (int layer = 0; layer < spec.layers(); layer++) {
            addModules(all, layer);
        }
        this.modules = List.copyOf(all);
    }

    /** Returns the name of a tensor of one layer. */
    public static String layer(int layer, String name) {
        return "model.layers." + layer + "." + name;
    }

    /**
     * Returns the linear modules of all layers, in layer order; those of one site in the order in
     * which they are stacked.
     */
    List<LinearModule> modules() {
        return modules;
    }

    /**
     * Returns the embedding and the output matrix as linear modules. They are two even where the
     * model ties them, because an adapter changes one use only.
     */
    List<LinearModule> ends() {
        return List.of(
                end("model.embed_tokens", LinearSite.EMBEDDING), end("lm_head", LinearSite.OUTPUT));
    }

    private LinearModule end(String name, LinearSite site) {
        return new LinearModule(
                name, LinearSite.NO_LAYER, site, 0, spec.outputs(site), spec.inputs(site));
    }

    /** Returns the name of the tensor that holds the weight of {@code module}. */
    static String weight(DecoderSpec spec, LinearModule module) {
        return module.site() == LinearSite.OUTPUT && spec.tiedEmbeddings()
                ? EMBEDDING
                : module.name() + ".weight";
    }

    /** Returns whether the modules of {@code site} have a bias. */
    public static boolean hasBias(DecoderSpec spec, LinearSite site) {
        return switch (site) {
            case QKV -> spec.qkvBias();
            case O -> spec.outputBias();
            case GATE_UP, DOWN -> spec.mlpBias();
            case EMBEDDING, OUTPUT -> false;
        };
    }

    /**
     * Checks names, dtypes and shapes of all tensors.
     *
     * @param file named in errors
     * @throws LoadException of every missing, wrong or unknown tensor
     */
    void validate(TensorSource tensors, String file) {
        var shapes = shapes();
        var names = tensors.names();
        var problems = new Problems();
        problems.addAll(
                shapes.entrySet().stream()
                        .filter(one -> !names.contains(one.getKey()))
                        .map(one ->
                                "%s: tensor %s is missing; expected shape %s, as config.json says. Copy the weights again, or the config.json that belongs to them"
                                        .formatted(file, one.getKey(), one.getValue())));
        problems.addAll(
                shapes.entrySet().stream()
                        .filter(one -> names.contains(one.getKey()))
                        .flatMap(one ->
                                misfit(tensors.tensor(one.getKey()), one.getValue(), file)
                                        .stream()));
        problems.addAll(
                names.stream()
                        .filter(name -> !shapes.containsKey(name))
                        .filter(name -> !(spec.tiedEmbeddings() && name.equals(OUTPUT)))
                        .filter(name -> !HARMLESS.matcher(name).matches())
                        .map(name ->
                                "%s: tensor %s is unknown to a %s of %d layers as config.json describes it"
                                        .formatted(
                                                file, name, spec.architecture(), spec.layers())));
        problems.throwIfAny();
        if (spec.tiedEmbeddings() && names.contains(OUTPUT)) {
            checkTied(tensors, file);
        }
    }

    private void addModules(List<LinearModule> all, int layer) {
        int q = spec.heads() * spec.headDim();
        int kv = spec.kvHeads() * spec.headDim();
        int mlp = spec.intermediateSize();
        if (spec.fusedProjections()) {
            add(all, layer, "self_attn.qkv_proj", LinearSite.QKV, 0, q + 2 * kv);
            add(all, layer, "self_attn.o_proj", LinearSite.O, 0, spec.hiddenSize());
            add(all, layer, "mlp.gate_up_proj", LinearSite.GATE_UP, 0, 2 * mlp);
        } else {
            add(all, layer, "self_attn.q_proj", LinearSite.QKV, 0, q);
            add(all, layer, "self_attn.k_proj", LinearSite.QKV, q, kv);
            add(all, layer, "self_attn.v_proj", LinearSite.QKV, q + kv, kv);
            add(all, layer, "self_attn.o_proj", LinearSite.O, 0, spec.hiddenSize());
            add(all, layer, "mlp.gate_proj", LinearSite.GATE_UP, 0, mlp);
            add(all, layer, "mlp.up_proj", LinearSite.GATE_UP, mlp, mlp);
        }
        add(all, layer, "mlp.down_proj", LinearSite.DOWN, 0, spec.hiddenSize());
    }

    private void add(
            List<LinearModule> all,
            int layer,
            String name,
            LinearSite site,
            int firstOutput,
            int outputs) {
        all.add(
                new LinearModule(
                        layer(layer, name), layer, site, firstOutput, outputs, spec.inputs(site)));
    }

    private Map<String, List<Long>> shapes() {
        long hidden = spec.hiddenSize();
        var embedding = List.of((long) spec.vocabSize(), hidden);
        var shapes = new LinkedHashMap<String, List<Long>>();
        shapes.put(EMBEDDING, embedding);
        for (var module : modules) {
            shapes.put(
                    module.name() + ".weight",
                    List.of((long) module.outputs(), (long) module.inputs()));
            if (hasBias(spec, module.site())) {
                shapes.put(module.name() + ".bias", List.of((long) module.outputs()));
            }
        }
        for (int layer = 0; layer < spec.layers(); layer++) {
            shapes.put(layer(layer, INPUT_NORM), List.of(hidden));
            shapes.put(layer(layer, POST_ATTENTION_NORM), List.of(hidden));
            if (spec.qkNorm()) {
                shapes.put(layer(layer, Q_NORM), List.of((long) spec.headDim()));
                shapes.put(layer(layer, K_NORM), List.of((long) spec.headDim()));
            }
        }
        shapes.put(FINAL_NORM, List.of(hidden));
        if (!spec.tiedEmbeddings()) {
            shapes.put(OUTPUT, embedding);
        }
        return shapes;
    }

    private static Optional<String> misfit(Tensor tensor, List<Long> shape, String file) {
        if (!tensor.shape().equals(shape)) {
            return Optional.of(
                    "%s: tensor %s has shape %s, expected %s as config.json says; copy the config.json that belongs to the weights"
                            .formatted(file, tensor.name(), tensor.shape(), shape));
        }
        return tensor.dtype().isServable()
                ? Optional.empty()
                : Optional.of(
                        "%s: tensor %s has dtype %s, expected F32, F16 or BF16"
                                .formatted(file, tensor.name(), tensor.dtype()));
    }

    /**
     * Checks that a shared matrix which a tool saved twice is the same. A different one would mean
     * that the config, and so every answer, is wrong.
     */
    private static void checkTied(TensorSource tensors, String file) {
        var output = tensors.tensor(OUTPUT);
        var embedding = tensors.tensor(EMBEDDING);
        if (output.dtype() != embedding.dtype() || output.data().mismatch(embedding.data()) != -1) {
            throw new LoadException(
                    "%s: %s differs from %s although config.json says tie_word_embeddings; set it to false to use both"
                            .formatted(file, OUTPUT, EMBEDDING));
        }
    }
}

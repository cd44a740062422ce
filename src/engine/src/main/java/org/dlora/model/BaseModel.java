package org.dlora.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dlora.constraint.ConstraintCompiler;
import org.dlora.constraint.TokenTrie;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.SafetensorsFolder;
import org.dlora.tensor.Tensor;
import org.dlora.tensor.TensorSource;
import org.jspecify.annotations.Nullable;

/**
 * A base model's folder in the Hugging Face layout, read and validated whole. The weights stay in
 * their memory-mapped files until {@link DecoderWeights} packs them. Thread-safe until closed.
 */
public final class BaseModel implements AutoCloseable {
    private final Path folder;
    private final DecoderSpec spec;
    private final Checkpoint checkpoint;
    private final GenerationDefaults generation;
    private final Tokenizer tokenizer;
    private final Optional<ChatFormat> chat;
    private final TensorSource tensors;

    /** Built on first use, because few servers have constraints and a trie takes megabytes. */
    private @Nullable ConstraintCompiler constraints;

    private BaseModel(
            Path folder,
            DecoderSpec spec,
            Checkpoint checkpoint,
            GenerationDefaults generation,
            Tokenizer tokenizer,
            Optional<ChatFormat> chat,
            TensorSource tensors) {
        this.folder = folder;
        this.spec = spec;
        this.checkpoint = checkpoint;
        this.generation = generation;
        this.tokenizer = tokenizer;
        this.chat = chat;
        this.tensors = tensors;
    }

    /**
     * Reads {@code config.json}, {@code generation_config.json}, the tokenizer, the chat template
     * and the headers of the weights.
     *
     * @throws LoadException if anything is missing, malformed, unsupported or does not fit the rest
     */
    public static BaseModel open(Path folder) {
        checkFolder(folder);
        var spec = SpecReader.read(folder.resolve("config.json"));
        var checkpoint = new Checkpoint(spec);
        var generation = GenerationConfig.read(folder);
        var chat = ChatFormat.read(folder);
        var tensors = SafetensorsFolder.open(folder, "model");
        try {
            checkpoint.validate(tensors, tensors.file());
            var tokenizer = Tokenizer.open(folder);
            if (tokenizer.ordinarySize() > spec.vocabSize()) {
                tokenizer.close();
                throw new LoadException(
                        "tokenizer.json: has %d tokens, but the model knows only %d (vocab_size in config.json); use the tokenizer that the model was trained with"
                                .formatted(tokenizer.ordinarySize(), spec.vocabSize()));
            }
            return new BaseModel(
                    folder,
                    spec,
                    checkpoint,
                    generation.endingAlsoAt(tokenizer.endToken()),
                    tokenizer,
                    chat,
                    tensors);
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    /**
     * Checks everything that {@link #open} reads except the tokenizer's content. That takes
     * milliseconds.
     *
     * @throws LoadException if {@link #open} would throw it for any of these
     */
    public static void check(Path folder) {
        checkFolder(folder);
        var checkpoint = new Checkpoint(SpecReader.read(folder.resolve("config.json")));
        var _ = GenerationConfig.read(folder);
        var _ = ChatFormat.read(folder);
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            checkpoint.validate(tensors, tensors.file());
        }
        JsonFile.checkThere(folder.resolve("tokenizer.json"));
    }

    private static void checkFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new LoadException(
                    "the model folder %s %s; give a folder in the Hugging Face layout, with config.json in it"
                            .formatted(
                                    folder, Files.exists(folder) ? "is a file" : "does not exist"));
        }
    }

    /** Returns the folder given to {@link #open}. */
    public Path folder() {
        return folder;
    }

    public DecoderSpec spec() {
        return spec;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** Returns the format of conversations; empty for a model without a chat template. */
    public Optional<ChatFormat> chat() {
        return chat;
    }

    public GenerationDefaults generation() {
        return generation;
    }

    /**
     * Returns the compiler of constraints on answers of this model. The first call reads the whole
     * vocabulary, which takes tenths of a second.
     */
    public synchronized ConstraintCompiler constraints() {
        if (constraints == null) {
            int size = Math.min(tokenizer.vocabSize(), spec.vocabSize());
            constraints =
                    new ConstraintCompiler(
                            TokenTrie.of(
                                    size,
                                    id ->
                                            tokenizer.isSpecial(id)
                                                            || generation.endTokens().contains(id)
                                                    ? null
                                                    : tokenizer.tokenBytes(id)));
        }
        return constraints;
    }

    /** Returns remarks for the folder's owner on a model that can be served; normally empty. */
    public List<String> warnings() {
        return tokenizer.vocabSize() <= spec.vocabSize()
                ? List.of()
                : List.of(
                        "tokenizer.json: has added tokens up to id %d, but the model knows only those below %d (vocab_size in config.json); a prompt with one of the others is refused"
                                .formatted(tokenizer.vocabSize() - 1, spec.vocabSize()));
    }

    /** Returns the checkpoint's tensors, validated against the spec. */
    public TensorSource tensors() {
        return tensors;
    }

    /**
     * Returns every linear module of the decoder layers under its Hugging Face name, e.g. {@code
     * model.layers.0.self_attn.q_proj}.
     */
    public List<LinearModule> modules() {
        return checkpoint.modules();
    }

    /**
     * Returns {@code model.embed_tokens} and {@code lm_head}, whether or not they share their
     * matrix.
     */
    public List<LinearModule> embeddings() {
        return checkpoint.ends();
    }

    /**
     * Returns the weight of {@code module}: {@code [outputs, inputs]}, of an embedding transposed.
     */
    public Tensor weight(LinearModule module) {
        return tensors.tensor(Checkpoint.weight(spec, module));
    }

    /** Returns the bias of {@code module}, {@code [outputs]}, if it has one. */
    public Optional<Tensor> bias(LinearModule module) {
        return Checkpoint.hasBias(spec, module.site())
                ? Optional.of(tensors.tensor(module.name() + ".bias"))
                : Optional.empty();
    }

    @Override
    public void close() {
        tokenizer.close();
        tensors.close();
    }
}

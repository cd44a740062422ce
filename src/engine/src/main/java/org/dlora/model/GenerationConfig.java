package org.dlora.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.dlora.tensor.JsonFile;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Reader of {@code generation_config.json}, which a folder may lack. As in vLLM, its sampling
 * values count whether or not it says {@code do_sample}.
 */
final class GenerationConfig {
    static final String FILE = "generation_config.json";

    private static final double MAX_PENALTY = 1e6;

    private GenerationConfig() {}

    static GenerationDefaults read(Path folder) {
        var file = folder.resolve(FILE);
        var object =
                Files.exists(file) ? JsonFile.read(file) : JsonNodeFactory.instance.objectNode();
        var fields = new ConfigFields(file, "", object);
        return defaults(fields, endTokens(folder, fields));
    }

    /** Reads the file of an adapter's folder, whose end tokens are its own alone. */
    static Optional<GenerationDefaults> optional(Path folder) {
        var file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        var fields = new ConfigFields(file, "", JsonFile.read(file));
        return Optional.of(defaults(fields, fields.tokens("eos_token_id")));
    }

    private static GenerationDefaults defaults(ConfigFields fields, Set<Integer> endTokens) {
        var topK = fields.integer("top_k", -1, Integer.MAX_VALUE);
        return new GenerationDefaults(
                endTokens,
                fields.number("temperature", 0, MAX_PENALTY),
                fields.number("top_p", 0, 1),
                topK.isPresent() ? OptionalInt.of(Math.max(0, topK.getAsInt())) : topK,
                fields.number("min_p", 0, 1),
                fields.number("repetition_penalty", Float.MIN_NORMAL, MAX_PENALTY));
    }

    private static Set<Integer> endTokens(Path folder, ConfigFields generation) {
        var tokens = generation.tokens("eos_token_id");
        if (!tokens.isEmpty()) {
            return tokens;
        }
        var config = folder.resolve("config.json");
        return new ConfigFields(config, "", JsonFile.read(config)).tokens("eos_token_id");
    }
}

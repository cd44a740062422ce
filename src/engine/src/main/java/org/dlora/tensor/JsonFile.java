package org.dlora.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader of the JSON files beside the weights. The files come from strangers, so size, nesting and
 * number length are bounded before anything is built. A key that occurs twice is an error rather
 * than a choice.
 */
public final class JsonFile {
    private static final long MAX_BYTES = 100L << 20;
    private static final int MAX_DEPTH = 100;
    private static final int MAX_NUMBER_LENGTH = 100;

    /**
     * A parsed tree takes up to 100 bytes per token, so a bound on bytes alone would not bound the
     * heap.
     */
    private static final long MAX_TOKENS = 1_000_000;

    private static final JsonMapper MAPPER = mapper(MAX_TOKENS);

    /** The largest published vocabularies, with their merges, have about two million tokens. */
    private static final JsonMapper VOCABULARY_MAPPER = mapper(10 * MAX_TOKENS);

    private JsonFile() {}

    private static JsonMapper mapper(long maxTokens) {
        return JsonMapper.builder(
                        JsonFactory.builder()
                                .streamReadConstraints(constraints(MAX_DEPTH, maxTokens))
                                .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
    }

    static StreamReadConstraints constraints(int maxDepth, long maxTokens) {
        return StreamReadConstraints.builder()
                .maxNestingDepth(maxDepth)
                .maxTokenCount(maxTokens)
                .maxNumberLength(MAX_NUMBER_LENGTH)
                .build();
    }

    /**
     * Returns the object in {@code file}.
     *
     * @throws LoadException if the file is missing, larger than 100 MiB, of more than a million
     *     JSON tokens, not JSON or not an object
     */
    public static ObjectNode read(Path file) {
        return read(file, MAPPER);
    }

    /**
     * Reads as {@link #read} does, with room for the vocabulary of a tokenizer: ten million JSON
     * tokens.
     */
    public static ObjectNode readVocabulary(Path file) {
        return read(file, VOCABULARY_MAPPER);
    }

    /** Returns where and what Jackson found wrong, on one line. */
    static String where(JacksonException e) {
        var at = e.getLocation();
        var place =
                at == null
                        ? ""
                        : "at line %d, column %d: ".formatted(at.getLineNr(), at.getColumnNr());
        return place + JsonProblem.of(e);
    }

    /**
     * Asserts that {@code file} is there, whatever is in it.
     *
     * @throws LoadException if it is not
     */
    public static void checkThere(Path file) {
        if (!Files.isRegularFile(file)) {
            throw LoadException.missing(
                    file, file.toAbsolutePath().getParent() + "; copy it there");
        }
    }

    private static ObjectNode read(Path file, JsonMapper mapper) {
        checkThere(file);
        JsonNode node;
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw LoadException.in(
                        file, "has " + size + " bytes; at most " + MAX_BYTES + " are read");
            }
            node = mapper.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw LoadException.unreadable(file, e);
        } catch (JacksonException e) {
            throw new LoadException(
                    "%s: is not valid JSON %s; correct it or copy it there again"
                            .formatted(file.getFileName(), where(e)),
                    e);
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw LoadException.in(
                file,
                "must hold a JSON object, found %s; correct it or copy it there again"
                        .formatted(node.getNodeType().name().toLowerCase(Locale.ROOT)));
    }
}

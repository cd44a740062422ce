package org.dlora.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.testing.TestFiles;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The reference data under {@code src/test/resources}. */
public final class Golden {
    public static final Path ROOT = TestFiles.golden();
    static final Path VECTORS = TestFiles.data("vectors");
    public static final List<String> MODELS =
            List.of("llama-mha-tied", "llama-gqa", "qwen2", "qwen3", "mistral");

    private static final JsonMapper JSON = new JsonMapper();

    private Golden() {}

    public static Path model(String name) {
        return ROOT.resolve("models").resolve(name);
    }

    public static Path vectorModel(String name) {
        return VECTORS.resolve("models").resolve(name);
    }

    public static List<JsonNode> rows(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.map(JSON::readTree).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::intValue).toArray();
    }
}

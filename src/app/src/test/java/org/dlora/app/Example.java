package org.dlora.app;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import org.dlora.testing.TestFiles;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A conversation with the answer that transformers and PEFT give, from {@code demo/examples.jsonl}.
 *
 * @param minGap least gap between the two best logits of a token of the answer
 */
record Example(String model, JsonNode messages, String output, double minGap) {
    static final JsonMapper JSON = new JsonMapper();

    static List<Example> all() throws IOException {
        try (var lines = Files.lines(TestFiles.data("demo/examples.jsonl"))) {
            return lines.map(JSON::readTree)
                    .map(row ->
                            new Example(
                                    row.get("adapter").isNull()
                                            ? "dlora-demo"
                                            : row.get("adapter").asString(),
                                    row.get("messages"),
                                    row.get("output").asString(),
                                    row.get("min_gap").asDouble()))
                    .toList();
        }
    }

    String request(boolean stream) {
        return "{\"model\": \""
                + model
                + "\", \"messages\": "
                + messages
                + ", \"temperature\": 0, \"stream\": "
                + stream
                + "}";
    }

    /** The text of a whole answer, or of a stream's deltas. */
    static String text(String answer, boolean stream) {
        if (!stream) {
            return JSON.readTree(answer)
                    .get("choices")
                    .get(0)
                    .get("message")
                    .get("content")
                    .asString();
        }
        return answer.lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> JSON.readTree(line.substring("data: ".length())))
                .map(chunk -> chunk.get("choices").get(0).get("delta").path("content").asString(""))
                .collect(Collectors.joining());
    }
}

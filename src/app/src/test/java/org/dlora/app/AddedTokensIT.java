package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A tokenizer that knows one token more than the model: only prompts that have it are refused. */
class AddedTokensIT {
    private static final Path BAD = TestFiles.golden("bad");
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path folder;

    @Test
    void promptWithATokenBeyondTheEmbeddingIsRefused() throws Exception {
        copyModel();
        addToken(280, "<|extra|>");
        try (var server =
                RunningServer.start(folder, Files.createDirectory(folder.resolve("adapters")))) {
            var refused = server.post("/v1/completions", request("hello <|extra|>"));
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body())
                    .contains("has token id 280, but the vocabulary has the ids 0 to 279");
            assertThat(server.post("/v1/completions", request("hello")).statusCode())
                    .isEqualTo(200);
        }
    }

    private String request(String prompt) {
        return JSON.createObjectNode()
                .put("model", folder.getFileName().toString())
                .put("prompt", prompt)
                .put("max_tokens", 2)
                .toString();
    }

    private void copyModel() throws IOException {
        try (var files = Files.list(BAD.resolve("base-model"))) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    private void addToken(int id, String content) throws IOException {
        var file = folder.resolve("tokenizer.json");
        var tokenizer = (ObjectNode) JSON.readTree(file.toFile());
        var added = tokenizer.withArray("added_tokens");
        added.add(((ObjectNode) added.get(0)).deepCopy().put("id", id).put("content", content));
        Files.writeString(file, tokenizer.toString());
    }
}

package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.dlora.api.documentation.ApiDocument;
import org.dlora.api.documentation.ApiDocument.Operation;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document of the whole program says what the program takes and answers. */
class DocumentationIT extends ServerIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern KNOWN = Pattern.compile("Known here: (.*)\\.$");
    private static final String UNKNOWN = "unknown_member";

    private ApiDocument document;

    @BeforeAll
    void read() throws Exception {
        document = new ApiDocument(get("/v3/api-docs").body());
    }

    /** A refusal of an unknown member names those that are known, if they are few. */
    @Test
    void requestsHaveTheDocumentedMembers() throws Exception {
        int compared = 0;
        for (var operation : document.operations()) {
            var request = operation.said().at("/requestBody/content/application~1json");
            if (request.at("/schema").has("oneOf")) {
                continue; // The body of another operation, read once its request is known.
            }
            for (var example : ApiDocument.examples(request).values()) {
                var answer = send(operation, ((ObjectNode) example.deepCopy()).put(UNKNOWN, 1));
                var error = JSON.readTree(answer.body()).path("error");
                assertThat(error.path("param").asString(""))
                        .as("%s: %s", operation, answer.body())
                        .isEqualTo(UNKNOWN);
                var known = KNOWN.matcher(error.get("message").asString());
                if (known.find()) {
                    var members = document.members(ApiDocument.named(operation.request()));
                    assertThat(members)
                            .as("%s", operation)
                            .containsAll(new TreeSet<>(List.of(known.group(1).split(", "))));
                    compared++;
                }
            }
        }
        assertThat(compared).isGreaterThan(10);
    }

    @Test
    void everyDocumentedMemberIsKnown() throws Exception {
        for (var operation : document.operations()) {
            var request = operation.said().at("/requestBody/content/application~1json");
            for (var member : document.members(ApiDocument.named(operation.request()))) {
                boolean isKnown = false;
                for (var example : ApiDocument.examples(request).values()) {
                    var body = (ObjectNode) example.deepCopy();
                    if (!body.has(member)) {
                        body.putNull(member);
                    }
                    // The last member, as the first unknown one is refused.
                    body.put(UNKNOWN, 1);
                    var error = JSON.readTree(send(operation, body).body()).path("error");
                    isKnown |= error.path("param").asString("").equals(UNKNOWN);
                }
                assertThat(isKnown).as("%s: %s", operation, member).isTrue();
            }
        }
    }

    @Test
    void answersMatchTheirSchemas() throws Exception {
        var chat =
                "{\"model\": \"rot13\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}], \"max_tokens\": 4, \"logprobs\": true, \"top_logprobs\": 2, \"return_token_ids\": true%s}";
        var text =
                "{\"model\": \"upper\", \"prompt\": \"Hello\", \"max_tokens\": 4, \"logprobs\": 2, \"echo\": true, \"n\": 2, \"return_token_ids\": true%s}";
        var stream = ", \"stream\": true, \"stream_options\": {\"include_usage\": true}";
        matches("ChatCompletion", post("/v1/chat/completions", chat.formatted("")));
        matches("Completion", post("/v1/completions", text.formatted("")));
        matchEvents("ChatChunk", post("/v1/chat/completions", chat.formatted(stream)));
        matchEvents("CompletionChunk", post("/v1/completions", text.formatted(stream)));
        matches(
                "Tokenized",
                post("/tokenize", "{\"prompt\": \"Hi\", \"return_token_strs\": true}"));
        matches("Detokenized", post("/detokenize", "{\"tokens\": [72]}"));
        for (var operation : document.operations()) {
            var schema = operation.said().at("/responses/200/content/application~1json/schema");
            if (operation.method().equals("GET")
                    && !schema.isMissingNode()
                    && !operation.path().startsWith("/v3/")) {
                var answer = get(path(operation));
                if (answer.statusCode() != 404) {
                    assertThat(answer.statusCode()).as("%s", operation).isEqualTo(200);
                    assertThat(document.problems(schema, JSON.readTree(answer.body())))
                            .as("%s: %s", operation, answer.body())
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void errorsMatchTheirSchema() throws Exception {
        var answer = get("/v1/models/none");
        assertThat(answer.statusCode()).isEqualTo(404);
        matches("Error", answer.body());
    }

    private void matches(String schema, String body) {
        matches(schema, JSON.readTree(body));
    }

    private void matches(String schema, JsonNode body) {
        assertThat(document.problems(document.schema(schema), body)).as("%s", body).isEmpty();
    }

    private void matchEvents(String schema, String stream) {
        var chunks =
                stream.lines()
                        .filter(line -> line.startsWith("data: {"))
                        .map(line -> JSON.readTree(line.substring(6)))
                        .toList();
        assertThat(chunks).hasSizeGreaterThan(2);
        chunks.forEach(chunk -> matches(schema, chunk));
    }

    /** Returns a path of the operation with names that the demo has. */
    private static String path(Operation operation) {
        return operation
                .path()
                .replace("/v1/models/{id}", "/v1/models/rot13")
                .replace("/replicas/{id}", "/replicas/0")
                .replace("{name}", "rot13")
                .replace("{number}", "1")
                .replaceAll("\\{[^}]+}", "none");
    }

    private HttpResponse<String> send(Operation operation, JsonNode body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url() + path(operation)))
                        .header("Content-Type", "application/json")
                        .method(operation.method(), BodyPublishers.ofString(body.toString()))
                        .build(),
                BodyHandlers.ofString());
    }
}

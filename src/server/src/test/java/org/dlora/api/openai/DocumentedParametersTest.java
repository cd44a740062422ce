package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.chat.ChatRequest;
import org.dlora.api.openai.completion.CompletionRequest;
import org.dlora.security.Access;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document has the parameters that completions read, and no others. */
class DocumentedParametersTest extends DemoServedTest {
    private static final Path FILE =
            TestFiles.root("src/server/src/main/resources/openapi/inference.yaml");
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void chatsHaveTheDocumentedParameters() throws IOException {
        assertThat(
                        read(
                                (body, served) -> ChatRequest.read(body, served, Access.OPEN),
                                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}"))
                .isEqualTo(documented("ChatRequest"));
    }

    @Test
    void completionsHaveTheDocumentedParameters() throws IOException {
        assertThat(
                        read(
                                (body, served) -> CompletionRequest.read(body, served, Access.OPEN),
                                "{\"prompt\": \"x\"}"))
                .isEqualTo(documented("CompletionRequest"));
    }

    @Test
    void streamOptionsAreTheDocumentedOnes() throws IOException {
        var names = String.join(", ", documented("StreamOptions"));
        var body =
                (ObjectNode)
                        JSON.readTree(
                                "{\"model\": \"demo\", \"prompt\": \"x\", \"stream\": true, \"stream_options\": {\"x\": 1}}");
        assertThatThrownBy(() -> CompletionRequest.read(body, served, Access.OPEN))
                .hasMessageContaining("Known here: " + names + ".");
    }

    private static Set<String> read(BiConsumer<ObjectNode, ServedModel> reader, String body) {
        var request = new Recorded(JSON.readTree(body));
        request.put("model", "demo");
        reader.accept(request, served);
        return request.asked;
    }

    private static Set<String> documented(String schema) throws IOException {
        var options = new LoaderOptions();
        options.setMaxAliasesForCollections(Integer.MAX_VALUE);
        Map<String, Object> file = new Yaml(options).load(Files.readString(FILE));
        var node = JSON.<JsonNode>valueToTree(file);
        return new TreeSet<>(
                node.at("/components/schemas/" + schema + "/properties").propertyNames());
    }

    /** A body that records the names that it is asked for. */
    private static final class Recorded extends ObjectNode {
        private static final long serialVersionUID = 1;

        private final TreeSet<String> asked = new TreeSet<>();

        Recorded(JsonNode body) {
            super(JsonNodeFactory.instance);
            setAll((ObjectNode) body);
        }

        @Override
        public @Nullable JsonNode get(String name) {
            asked.add(name);
            return super.get(name);
        }
    }
}

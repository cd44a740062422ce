package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Constraints on answers of the whole program, with the demo model. */
class StructuredOutputIT {
    private static final Path DEMO = TestFiles.demo();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String QUOTE = "{\"34\": 6, \"93\": 3, \"125\": 3}";

    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = RunningServer.start(DEMO.resolve("model"), DEMO.resolve("adapters"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void completeAnswersAreValidAgainstTheirSchemas() throws Exception {
        new SampledSchemas(server, "upper", QUOTE).check(1000);
    }

    @Test
    void anyObjectIsJson() throws Exception {
        int complete = 0;
        var answer =
                chat(
                        "\"response_format\": {\"type\": \"json_object\"}, \"n\": 8, \"seed\": 3, \"max_tokens\": 200, \"logit_bias\": "
                                + QUOTE);
        for (var choice : answer.get("choices")) {
            if (choice.get("finish_reason").stringValue().equals("stop")) {
                assertThat(JSON.readTree(choice.get("message").get("content").stringValue()))
                        .isInstanceOf(ObjectNode.class);
                complete++;
            }
        }
        assertThat(complete).isPositive();
    }

    @Test
    void choicesAndExpressionsHoldInBothEndpoints() throws Exception {
        var choice =
                chat("\"n\": 5, \"structured_outputs\": {\"choice\": [\"yes\", \"no\", \"nope\"]}");
        for (var one : choice.get("choices")) {
            assertThat(Set.of("yes", "no", "nope"))
                    .contains(one.get("message").get("content").stringValue());
            assertThat(one.get("finish_reason").stringValue()).isEqualTo("stop");
        }
        var regex =
                server.post(
                        "/v1/completions",
                        "{\"model\": \"rot13\", \"prompt\": [\"a\", \"b\"], \"n\": 3, \"max_tokens\": 20, \"structured_outputs\": {\"regex\": \"[a-f]{4}-\\\\d\\\\d\"}}");
        assertThat(regex.statusCode()).as(regex.body()).isEqualTo(200);
        assertThat(JSON.readTree(regex.body()).get("choices")).hasSize(6);
        for (var one : JSON.readTree(regex.body()).get("choices")) {
            assertThat(one.get("text").stringValue()).matches("[a-f]{4}-\\d\\d");
        }
    }

    @Test
    void greedyAnswersAndStreamsAreConstrainedToo() throws Exception {
        var schema =
                "\"structured_outputs\": {\"json\": {\"type\": \"object\", \"properties\": {\"ok\": {\"type\": \"boolean\"}, \"n\": {\"type\": \"integer\", \"maximum\": 9, \"minimum\": 0}}, \"required\": [\"ok\", \"n\"]}}, \"temperature\": 0";
        var whole = chat(schema).get("choices").get(0).get("message").get("content").stringValue();
        assertThat(JSON.readTree(whole).get("ok").isBoolean()).isTrue();
        var streamed =
                server.post(
                        "/v1/chat/completions",
                        "{\"model\": \"upper\", \"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], "
                                + schema
                                + "}");
        var text = new StringBuilder();
        for (var line : streamed.body().lines().toList()) {
            if (line.startsWith("data:") && !line.contains("[DONE]")) {
                var delta = JSON.readTree(line.substring(5)).at("/choices/0/delta/content");
                text.append(delta.asString(""));
            }
        }
        assertThat(text.toString()).isEqualTo(whole);
    }

    /** The mask of a sequence does not depend on what runs beside it. */
    @Test
    void aSeedGivesTheSameAnswerAloneAndBesideOthers() throws Exception {
        var options =
                "\"seed\": 77, \"dlora_exact\": true, \"max_tokens\": 60, \"response_format\": {\"type\": \"json_object\"}, \"logit_bias\": "
                        + QUOTE;
        var alone = texts(chat(options + ", \"n\": 1")).getFirst();
        assertThat(texts(chat(options + ", \"n\": 6")).getFirst()).isEqualTo(alone);
    }

    @Test
    void anAnswerThatReachesItsLengthSaysSo() throws Exception {
        var answer =
                chat("\"max_tokens\": 2, \"structured_outputs\": {\"regex\": \"abcdef\"}")
                        .get("choices")
                        .get(0);
        assertThat(answer.get("finish_reason").stringValue()).isEqualTo("length");
        assertThat(answer.get("message").get("content").stringValue()).isEqualTo("ab");
    }

    @Test
    void unenforceableKeywordsAreRefusedByName() throws Exception {
        var answer =
                ask(
                        "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a\", \"schema\": {\"not\": {}}}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        var error = JSON.readTree(answer.body()).get("error");
        assertThat(error.get("param").asString())
                .isEqualTo("response_format.json_schema.schema.not");
        assertThat(error.get("message").asString()).contains("'not' is not supported in a schema");
    }

    private static HttpResponse<String> ask(String options) throws Exception {
        return server.post(
                "/v1/chat/completions",
                "{\"model\": \"upper\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], "
                        + options
                        + "}");
    }

    private static JsonNode chat(String options) throws Exception {
        var answer = ask(options);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static List<String> texts(JsonNode answer) {
        var texts = new ArrayList<String>();
        answer.get("choices")
                .forEach(choice -> texts.add(choice.get("message").get("content").stringValue()));
        return texts;
    }
}

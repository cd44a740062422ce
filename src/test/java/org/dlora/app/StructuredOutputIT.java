package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Constraints on answers of the whole program, with the demo model. */
class StructuredOutputIT {
    private static final Path DEMO = Path.of("src/main/resources/demo");
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
                var delta =
                        JSON.readTree(line.substring(5)).at("/choices/0/delta/content");
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "response_format": {"type": "x"} | response_format | its type may be 'text', 'json_object' or 'json_schema'
                    "response_format": {"type": "json_schema"} | response_format.json_schema | an object with 'name' and 'schema'
                    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"not": {}}}} | response_format.json_schema.schema.not | 'not' is not supported in a schema
                    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "properties": {"x": {"uniqueItems": true}}}}} | response_format.json_schema.schema.properties.x.uniqueItems | only false is
                    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"$ref": "#"}}} | response_format.json_schema.schema | No text can satisfy the constraint
                    "structured_outputs": {} | structured_outputs | exactly one of
                    "structured_outputs": {"regex": "a", "json": {}} | structured_outputs | exactly one of
                    "structured_outputs": {"regex": "(a"} | structured_outputs.regex | a group is not closed
                    "structured_outputs": {"regex": "(?=a)b"} | structured_outputs.regex | has lookaround, which is not supported
                    "structured_outputs": {"regex": "((a{1,900}){1,900}){1,900}"} | structured_outputs.regex | too large
                    "structured_outputs": {"choice": []} | structured_outputs.choice | 1 to 10000 choices
                    "structured_outputs": {"grammar": "root ::= x"} | structured_outputs.grammar | not supported: give 'json', 'regex' or 'choice'
                    "guided_json": {} | guided_json | use 'structured_outputs'
                    "response_format": {"type": "json_object"}, "structured_outputs": {"regex": "a"} | structured_outputs | both say what the answer must be
                    "response_format": {"type": "json_object"}, "ignore_eos": true | ignore_eos | must be false
                    """)
    void whatCannotBeEnforcedIsRefusedByName(String options, String param, String message)
            throws Exception {
        var answer = ask(options);
        var error = JSON.readTree(answer.body()).get("error");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("message").asString()).contains(message);
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

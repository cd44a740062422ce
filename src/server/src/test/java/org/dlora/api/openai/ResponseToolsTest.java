package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.model.BaseModel;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Functions and reasoning in responses of a model with Qwen 3's chat template. */
class ResponseToolsTest extends ResponsesServer {
    private static final String TOOLS =
            """
            "tools": [{"type": "function", "name": "get_weather", "description": "Weather.", "strict": true, "defer_loading": null, "parameters":
                {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false}}]
            """;
    private static final String CALL =
            "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Bern\"}}\n</tool_call>";
    private static final String QUESTION = "\"input\": \"Weather?\", " + TOOLS;

    private static BaseModel qwen;

    @BeforeAll
    static void open() {
        qwen = BaseModel.open(TestFiles.golden("models/qwen3"));
    }

    @AfterAll
    static void close() {
        qwen.close();
    }

    @BeforeEach
    void serveTheModelThatKnowsTools() {
        new ServedBuilder(new ServedModels(qwen, 8192, changes.catalogue(), NOW), engine)
                .begin(serving, administration);
    }

    private void says(String text) {
        says(text, FinishReason.STOP);
    }

    /** A token for each character, whatever its number is. */
    private void says(String text, FinishReason reason) {
        engine.answer(request ->
                Stream.concat(
                                text.codePoints()
                                        .mapToObj(c ->
                                                new Token(c % 100, Character.toString(c), null)),
                                Stream.<GenerationEvent>of(
                                        Events.finished(
                                                reason, request.prompt().length, text.length())))
                        .toList());
    }

    /** A token with log-probabilities for each character. */
    private void saysWithLogprobs(String text) {
        engine.answer(request ->
                Stream.concat(
                                text.codePoints()
                                        .mapToObj(c ->
                                                new Token(
                                                        c % 100,
                                                        Character.toString(c),
                                                        Events.logprobs(c % 100, -1))),
                                Stream.<GenerationEvent>of(
                                        Events.finished(
                                                FinishReason.STOP,
                                                request.prompt().length,
                                                text.length())))
                        .toList());
    }

    @Test
    void tokensOfACallHaveNoLogprobsInMessages() {
        var members = QUESTION + ", \"include\": [\"message.output_text.logprobs\"]";
        saysWithLogprobs(CALL);
        for (var answer : List.of(create(members), events(members).getLast().get("response"))) {
            assertThat(types(answer)).containsExactly("function_call");
        }
        saysWithLogprobs("Wait." + CALL + "Done.");
        for (var answer : List.of(create(members), events(members).getLast().get("response"))) {
            assertThat(types(answer)).containsExactly("message", "function_call", "message");
            assertThat(text(answer)).isEqualTo("Wait.");
            assertThat(answer.at("/output/0/content/0/logprobs")).hasSize(5);
            assertThat(answer.at("/output/2/content/0/text").asString()).isEqualTo("\nDone.");
            assertThat(answer.at("/output/2/content/0/logprobs")).hasSize(5);
        }
    }

    private static List<String> types(JsonNode answer) {
        return answer.get("output").valueStream().map(item -> item.get("type").asString()).toList();
    }

    private String qwensPrompt() {
        return qwen.tokenizer().decode(engine.submitted.getLast().prompt(), false);
    }

    private static JsonNode withoutIds(JsonNode item) {
        return ((ObjectNode) item.deepCopy()).without(List.of("id", "call_id"));
    }

    @Test
    void aCallIsAnItemOfTheOutput() {
        says(CALL);
        var answer = create(QUESTION);
        assertThat(qwensPrompt()).contains("\"name\": \"get_weather\"", "<tools>");
        assertThat(answer.get("output")).hasSize(1);
        var item = answer.get("output").get(0);
        assertThat(id(item)).matches("fc_[0-9a-f]{32}");
        assertThat(item.get("call_id").asString()).startsWith("call_");
        assertThat(withoutIds(item))
                .isEqualTo(
                        json(
                                """
                                {"type": "function_call", "status": "completed", "name": "get_weather", "arguments": "{\\"city\\": \\"Bern\\"}"}
                                """));
        assertThat(answer.get("status").asString()).isEqualTo("completed");
        assertThat(answer.at("/tools/0/name").asString()).isEqualTo("get_weather");
    }

    @Test
    void aCallIsStreamedAsItsArguments() {
        says("Wait. " + CALL);
        var events = events(QUESTION);
        var types = events.stream().map(event -> event.get("type").asString()).distinct().toList();
        assertThat(types)
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.completed");
        var whole = events.getLast().get("response");
        assertThat(text(whole)).isEqualTo("Wait.");
        var call = whole.get("output").get(1);
        var added = of(events, "response.output_item.added").getLast();
        assertThat(added.at("/item/call_id")).isEqualTo(call.get("call_id"));
        assertThat(added.at("/item/arguments").asString()).isEmpty();
        assertThat(added.get("output_index").intValue()).isEqualTo(1);
        var deltas =
                of(events, "response.function_call_arguments.delta").stream()
                        .map(event -> event.get("delta").asString())
                        .collect(Collectors.joining());
        assertThat(deltas).isEqualTo("{\"city\": \"Bern\"}");
        var done = of(events, "response.function_call_arguments.done").getFirst();
        assertThat(done.get("arguments").asString()).isEqualTo(deltas);
        assertThat(done.get("item_id")).isEqualTo(call.get("id"));
        assertThat(of(events, "response.output_item.done").getLast().get("item")).isEqualTo(call);
    }

    private static List<JsonNode> of(List<JsonNode> events, String type) {
        return events.stream().filter(event -> event.get("type").asString().equals(type)).toList();
    }

    @Test
    void theResultOfACallGoesOnInTheConversation() {
        says(CALL);
        var asked = create(QUESTION);
        var item = asked.get("output").get(0);
        says("Sunny.");
        var result =
                "{\"type\": \"function_call_output\", \"call_id\": \""
                        + item.get("call_id").asString()
                        + "\", \"output\": \"sun\"}";
        create(
                "\"input\": [%s], \"previous_response_id\": \"%s\", %s"
                        .formatted(result, id(asked), TOOLS));
        var continued = qwensPrompt();
        assertThat(continued)
                .contains("user\nWeather?", CALL, "<tool_response>\nsun\n</tool_response>");
        // The same as the client's own history, by reference or by value.
        var user = "{\"role\": \"user\", \"content\": \"Weather?\"}";
        for (var call :
                List.of(
                        item.toString(),
                        "{\"type\": \"item_reference\", \"id\": \"" + id(item) + "\"}")) {
            create("\"input\": [%s, %s, %s], %s".formatted(user, call, result, TOOLS));
            assertThat(qwensPrompt()).isEqualTo(continued);
        }
    }

    @Test
    void anAnswerWithTextAroundItsCallsCanBeSentBack() {
        says("Wait. " + CALL + "And" + CALL + "Done.");
        var output = create(QUESTION).get("output");
        assertThat(output).hasSize(5);
        says("Sunny.");
        var input = new StringBuilder("{\"role\": \"user\", \"content\": \"Weather?\"}");
        output.forEach(item -> input.append(", ").append(item));
        for (int call : new int[] {1, 3}) {
            input.append(", ").append(result(output.get(call).get("call_id").asString()));
        }
        create("\"input\": [" + input + "], " + TOOLS);
        assertThat(qwensPrompt())
                .contains("Wait.\n\nAnd\n\nDone.\n" + CALL + "\n" + CALL + "<|im_end|>")
                .contains("<tool_response>\nsun\n</tool_response>");
    }

    private static String result(String call) {
        return "{\"type\": \"function_call_output\", \"call_id\": \"%s\", \"output\": \"sun\"}"
                .formatted(call);
    }

    @Test
    void aResultWithoutItsCallIsRefusedInTheWordsOfTheCall() {
        for (var before :
                List.of(
                        "",
                        "{\"type\": \"function_call\", \"call_id\": \"c1\", \"name\": \"f\", \"arguments\": \"{}\"}, ",
                        "{\"role\": \"user\", \"content\": \"x\"}, ")) {
            var error = refused(400, "\"input\": [" + before + result("c2") + "], " + TOOLS);
            assertThat(error.get("param").asString()).isEqualTo("input");
            assertThat(error.get("message").asString())
                    .contains("'input'", "'c2'")
                    .doesNotContain("messages");
        }
    }

    @Test
    void aCallThatIsNotWellFormedIsTextOfAWholeAnswer() {
        says("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": oops");
        var answer = create(QUESTION);
        assertThat(text(answer)).contains("oops");
        assertThat(answer.get("output")).hasSize(1);
        var whole = events(QUESTION).getLast().get("response");
        assertThat(whole.get("output").get(0).get("type").asString()).isEqualTo("function_call");
        assertThat(whole.get("output").get(0).get("status").asString()).isEqualTo("incomplete");
    }

    @Test
    void theRestOfABrokenCallIsTextOfAStreamAndOfTheNextTurn() {
        says("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": oops");
        var whole = events(QUESTION).getLast().get("response");
        assertThat(types(whole)).containsExactly("function_call", "message");
        var call = whole.get("output").get(0);
        var rest = whole.at("/output/1/content/0/text").asString();
        assertThat(call.get("arguments").asString()).isEqualTo("{\"city\": ");
        assertThat(rest).isEqualTo("oops");
        create("\"input\": \"More\", \"previous_response_id\": \"" + id(whole) + "\"");
        assertThat(qwensPrompt()).contains("oops<|im_end|>").doesNotContain("get_weather");
        create("\"input\": [%s, %s]".formatted(call, whole.get("output").get(1)));
        assertThat(qwensPrompt()).contains("oops<|im_end|>").doesNotContain("get_weather");
    }

    @Test
    void reasoningIsAnItemBeforeTheMessage() {
        says("<think>\nHm.\n</think>\n\nSunny.");
        var answer = create("\"input\": \"Weather?\"");
        assertThat(answer.get("output").valueStream().map(item -> item.get("type").asString()))
                .containsExactly("reasoning", "message");
        var reasoning = answer.get("output").get(0);
        assertThat(reasoning.get("summary")).isEmpty();
        assertThat(reasoning.at("/content/0/type").asString()).isEqualTo("reasoning_text");
        assertThat(reasoning.at("/content/0/text").asString()).contains("Hm.");
        assertThat(answer.at("/output/1/content/0/text").asString()).isEqualTo("Sunny.");
        var events = events("\"input\": \"Weather?\"");
        assertThat(of(events, "response.reasoning_text.delta")).isNotEmpty();
        assertThat(events.getLast().at("/response/output/1/content/0/text").asString())
                .isEqualTo("Sunny.");
        create("\"input\": \"More\", \"previous_response_id\": \"" + id(answer) + "\"");
        assertThat(qwensPrompt()).contains("Sunny.").doesNotContain("Hm.");
    }

    @Test
    void aNamedFunctionIsTheWholeAnswer() {
        says("{\"city\": \"Bern\"}");
        var answer =
                create(
                        QUESTION
                                + ", \"tool_choice\": {\"type\": \"function\", \"name\": \"get_weather\"}");
        assertThat(answer.at("/output/0/name").asString()).isEqualTo("get_weather");
        assertThat(answer.at("/output/0/arguments").asString()).isEqualTo("{\"city\": \"Bern\"}");
        assertThat(answer.get("tool_choice"))
                .isEqualTo(json("{\"type\": \"function\", \"name\": \"get_weather\"}"));
        var error =
                refused(
                        400,
                        QUESTION
                                + ", \"tool_choice\": {\"type\": \"function\", \"name\": \"other\"}");
        assertThat(error.get("param").asString()).startsWith("tool_choice");
    }

    @Test
    void anAnswerThatEndsInACallIsIncomplete() {
        says("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"ci", FinishReason.LENGTH);
        var whole = events(QUESTION).getLast();
        assertThat(whole.get("type").asString()).isEqualTo("response.incomplete");
        assertThat(whole.at("/response/output/0/status").asString()).isEqualTo("incomplete");
    }
}

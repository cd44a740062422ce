package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.model.BaseModel;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Tools and reasoning of a model with Qwen 3's chat template. */
class ToolCallsTest extends ApiTest {
    private static final String PATH = "/v1/chat/completions";
    private static final Path MODELS = TestFiles.golden("models");
    private static final String TOOLS =
            """
            "tools": [{"type": "function", "function": {"name": "get_weather", "strict": null, "parameters":
                {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}, "description": "Weather <now> & \\"later\\"."}},
                {"type": "function", "function": {"name": "now"}}]
            """;
    private static final String CALL =
            "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Bern\"}}\n</tool_call>";

    private static BaseModel qwen;

    @BeforeAll
    static void open() {
        qwen = BaseModel.open(MODELS.resolve("qwen3"));
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

    private static String chat(String more) {
        return "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"Weather?\"}], "
                + TOOLS
                + more
                + "}";
    }

    private void says(String text) {
        engine.answer(request -> said(text, FinishReason.STOP, request.prompt().length));
    }

    /** A token for each character, whatever its number is. */
    private static List<GenerationEvent> said(String text, FinishReason reason, int prompt) {
        return Stream.concat(
                        text.codePoints()
                                .mapToObj(c -> new Token(c % 100, Character.toString(c), null)),
                        Stream.<GenerationEvent>of(Events.finished(reason, prompt, text.length())))
                .toList();
    }

    private String prompt() {
        return qwen.tokenizer().decode(engine.submitted.getLast().prompt(), false);
    }

    private static JsonNode withoutIds(JsonNode calls) {
        var copy = calls.deepCopy();
        copy.forEach(call -> ((ObjectNode) call).remove("id"));
        return copy;
    }

    @Test
    void theTemplateGetsTheToolsInItsOrderOfMembers() {
        says("Hi");
        ask(PATH, chat(""));
        assertThat(prompt())
                .contains(
                        """
                        <tools>
                        {"type": "function", "function": {"name": "get_weather", "description": "Weather <now> & \\"later\\".", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
                        {"type": "function", "function": {"name": "now"}}
                        </tools>
                        """);
        ask(PATH, chat(", \"tool_choice\": \"none\""));
        assertThat(prompt()).contains("<tools>");
    }

    @Test
    void aCallIsPartOfTheMessage() {
        says("Let me see.\n" + CALL);
        var choice = ask(PATH, chat("")).get("choices").get(0);
        assertThat(choice.get("finish_reason").asString()).isEqualTo("tool_calls");
        var message = choice.get("message");
        assertThat(message.get("content").asString()).isEqualTo("Let me see.");
        assertThat(message.at("/tool_calls/0/id").asString()).matches("call_[0-9a-f]{32}");
        assertThat(withoutIds(message.get("tool_calls")))
                .isEqualTo(
                        json(
                                """
                                [{"type": "function", "function": {"name": "get_weather", "arguments": "{\\"city\\": \\"Bern\\"}"}}]
                                """));
    }

    @Test
    void severalCallsHaveIdsOfTheirOwnAndNoContent() {
        says(CALL + "\n" + CALL);
        var message = ask(PATH, chat("")).at("/choices/0/message");
        assertThat(message.get("content").isNull()).isTrue();
        assertThat(message.get("tool_calls").size()).isEqualTo(2);
        assertThat(message.at("/tool_calls/0/id")).isNotEqualTo(message.at("/tool_calls/1/id"));
        var one = ask(PATH, chat(", \"parallel_tool_calls\": false")).at("/choices/0/message");
        assertThat(one.get("tool_calls").size()).isEqualTo(1);
    }

    @Test
    void aStreamHasNameAndIdOnceAndThenTheArguments() {
        says("Hm\n" + CALL + "\n");
        var chunks = stream(PATH, chat(", \"stream\": true"));
        var deltas = new ArrayList<String>();
        var id = new StringBuilder();
        for (var chunk : chunks) {
            var delta = chunk.at("/choices/0/delta");
            if (!delta.at("/tool_calls/0/id").isMissingNode()) {
                id.append(delta.at("/tool_calls/0/id").asString());
            }
            deltas.add(delta.toString());
        }
        assertThat(deltas.subList(0, 3))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"}",
                        "{\"content\":\"H\"}",
                        "{\"content\":\"m\"}");
        assertThat(deltas.get(3))
                .isEqualTo(
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"arguments\":\"{\"}}]}"
                                .formatted(id));
        assertThat(deltas.get(4))
                .isEqualTo(
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"\"}}]}");
        assertThat(arguments(chunks)).isEqualTo("{\"city\": \"Bern\"}");
        assertThat(deltas.getLast()).isEqualTo("{}");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").asString())
                .isEqualTo("tool_calls");
    }

    private static String arguments(List<JsonNode> chunks) {
        var arguments = new StringBuilder();
        chunks.forEach(chunk ->
                arguments.append(
                        chunk.at("/choices/0/delta/tool_calls/0/function/arguments").asString("")));
        return arguments.toString();
    }

    @Test
    void textThatIsNoCallStaysContent() {
        var text = "<tool_call>\n{\"name\": \"get_weather\", \"arg";
        says(text);
        var choice = ask(PATH, chat("")).get("choices").get(0);
        assertThat(choice.at("/message/content").asString()).isEqualTo(text);
        assertThat(choice.at("/message").has("tool_calls")).isFalse();
        assertThat(choice.get("finish_reason").asString()).isEqualTo("stop");
        says(CALL);
        var none = ask(PATH, chat(", \"tool_choice\": \"none\"")).get("choices").get(0);
        assertThat(none.at("/message/content").asString()).isEqualTo(CALL);
        assertThat(none.get("finish_reason").asString()).isEqualTo("stop");
    }

    @Test
    void exhaustedTokensAreReportedAsLength() {
        engine.answer(request -> said(CALL, FinishReason.LENGTH, request.prompt().length));
        var choice = ask(PATH, chat("")).get("choices").get(0);
        assertThat(choice.get("finish_reason").asString()).isEqualTo("length");
        assertThat(choice.at("/message/tool_calls").size()).isEqualTo(1);
    }

    @Test
    void choicesAreReadApart() {
        engine.answer(request ->
                said(
                        request.id().endsWith("-0") ? CALL : "no call",
                        FinishReason.STOP,
                        request.prompt().length));
        var choices = ask(PATH, chat(", \"n\": 2")).get("choices");
        assertThat(choices.at("/0/message/tool_calls").size()).isEqualTo(1);
        assertThat(choices.at("/1/message/content").asString()).isEqualTo("no call");
        assertThat(choices.at("/1/finish_reason").asString()).isEqualTo("stop");
    }

    @Test
    void historiesReachTheTemplateWithArgumentsAsObjects() {
        says("It is sunny.");
        ask(
                PATH,
                """
                {"model": "demo", %s, "messages": [{"role": "user", "content": "Weather?"},
                 {"role": "assistant", "content": null, "tool_calls": [
                   {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{\\"city\\":\\"Zürich\\"}"}},
                   {"id": "b", "type": "function", "function": {"name": "now", "arguments": ""}}]},
                 {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "noon"}]},
                 {"role": "tool", "tool_call_id": "a", "content": "sunny"}]}
                """
                        .formatted(TOOLS));
        assertThat(prompt())
                .contains("{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zürich\"}}\n")
                .contains("{\"name\": \"now\", \"arguments\": {}}\n")
                .contains("<tool_response>\nnoon\n</tool_response>\n<tool_response>\nsunny\n");
    }

    @Test
    void tokenizeKnowsToolsToo() {
        says("Hi");
        ask(PATH, chat(""));
        var tokens =
                ask(
                        "/tokenize",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"Weather?\"}], "
                                + TOOLS
                                + "}");
        assertThat(tokens.get("count").intValue())
                .isEqualTo(engine.submitted.getLast().prompt().length);
    }

    /** The model writes it in its own format. */
    @Test
    void aRequiredCallIsConstrainedAndRead() {
        says("<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>");
        var choice = ask(PATH, chat(", \"tool_choice\": \"required\"")).get("choices").get(0);
        assertThat(choice.get("finish_reason").asString()).isEqualTo("tool_calls");
        assertThat(choice.at("/message/content").isNull()).isTrue();
        assertThat(withoutIds(choice.at("/message/tool_calls")).toString())
                .isEqualTo(
                        "[{\"type\":\"function\",\"function\":{\"name\":\"now\",\"arguments\":\"{}\"}}]");
        assertThat(String.valueOf(engine.submitted.getLast().constraint()))
                .contains("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": ");
        ask(PATH, chat(""));
        assertThat(engine.submitted.getLast().constraint()).isNull();
    }

    @Test
    void parametersThatCannotBeEnforcedAreNamed() {
        var body =
                """
                {"model": "demo", "messages": [{"role": "user", "content": "x"}], "tool_choice": "required", "tools": [
                 {"type": "function", "function": {"name": "f"}},
                 {"type": "function", "function": {"name": "g", "parameters": {"type": "object", "properties": {"a": {"not": {"type": "string"}}}}}}]%s}
                """;
        var error = json(bodyOf(body.formatted(""))).get("error");
        assertThat(error.get("param").asString())
                .startsWith("tools[1].function.parameters.properties.a");
        var endless = json(bodyOf(body.formatted(", \"ignore_eos\": true"))).get("error");
        assertThat(endless.get("param").asString()).isEqualTo("ignore_eos");
    }

    /** The finish reason of a named function is {@code stop}, as with OpenAI and vLLM. */
    @Test
    void aNamedFunctionGetsTheWholeAnswer() {
        says("{\"city\": \"Bern\"}");
        var named =
                ", \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"get_weather\"}}";
        var choice = ask(PATH, chat(named)).get("choices").get(0);
        assertThat(choice.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(choice.at("/message/tool_calls/0/function/arguments").asString())
                .isEqualTo("{\"city\": \"Bern\"}");
        var chunks = stream(PATH, chat(named + ", \"stream\": true"));
        assertThat(arguments(chunks)).isEqualTo("{\"city\": \"Bern\"}");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    }

    @Test
    void reasoningIsApartFromContent() {
        says("<think>\nThe user greets.\n</think>\n\nHello");
        var body =
                "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]%s}";
        var message = ask(PATH, body.formatted("")).at("/choices/0/message");
        assertThat(message.toString())
                .isEqualTo(
                        "{\"role\":\"assistant\",\"content\":\"Hello\",\"refusal\":null,\"reasoning_content\":\"The user greets.\",\"reasoning\":\"The user greets.\"}");
        var reasoning = new StringBuilder();
        var content = new StringBuilder();
        for (var chunk : stream(PATH, body.formatted(", \"stream\": true"))) {
            var delta = chunk.at("/choices/0/delta");
            assertThat(delta.get("reasoning")).isEqualTo(delta.get("reasoning_content"));
            reasoning.append(delta.path("reasoning_content").asString(""));
            content.append(delta.path("content").asString(""));
        }
        assertThat(reasoning).hasToString("The user greets.");
        assertThat(content).hasToString("Hello");
    }

    /** A token for each character: those of "\nThe user greets.\n</think". */
    @Test
    void usageCountsReasoning() {
        says("<think>\nThe user greets.\n</think>\n\nHello");
        var body =
                "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]%s}";
        var details = "/usage/completion_tokens_details/reasoning_tokens";
        assertThat(ask(PATH, body.formatted("")).at(details).intValue()).isEqualTo(25);
        var hidden = ask(PATH, body.formatted(", \"include_reasoning\": false"));
        assertThat(hidden.at(details).intValue()).isEqualTo(25);
        var chunks =
                stream(
                        PATH,
                        body.formatted(
                                ", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        assertThat(chunks.getLast().at(details).intValue()).isEqualTo(25);
        says("Hello");
        assertThat(ask(PATH, body.formatted("")).at(details).intValue()).isZero();
    }

    @Test
    void aForcedCallFollowsReasoning() {
        says("<think>\nIn Bern?\n</think>\n\n" + CALL);
        var choice = ask(PATH, chat(", \"tool_choice\": \"required\"")).get("choices").get(0);
        assertThat(choice.at("/message/reasoning").asString()).isEqualTo("In Bern?");
        assertThat(choice.at("/message/tool_calls/0/function/name").asString())
                .isEqualTo("get_weather");
        says("<think>\nIn Bern?\n</think>\n\n{\"city\": \"Bern\"}");
        var named =
                ask(
                        PATH,
                        chat(
                                ", \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"get_weather\"}}"));
        assertThat(named.at("/choices/0/message/reasoning").asString()).isEqualTo("In Bern?");
        assertThat(named.at("/choices/0/message/tool_calls/0/function/arguments").asString())
                .isEqualTo("{\"city\": \"Bern\"}");
    }

    @Test
    void aForcedCallCutOffInATagIsNoCall() {
        engine.answer(request -> said("<thi", FinishReason.LENGTH, request.prompt().length));
        for (var forced :
                List.of(
                        "\"required\"",
                        "{\"type\": \"function\", \"function\": {\"name\": \"now\"}}")) {
            var choice = ask(PATH, chat(", \"tool_choice\": " + forced)).get("choices").get(0);
            assertThat(choice.get("finish_reason").asString()).isEqualTo("length");
            assertThat(choice.at("/message/tool_calls").isMissingNode()).isTrue();
            assertThat(choice.at("/message/content").asString()).isEqualTo("<thi");
        }
    }

    @Test
    void aFormatHoldsForTheTextAfterReasoning() {
        says("<think>\nHm.\n</think>\n\n{\"a\": 1}");
        var body =
                "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"response_format\": {\"type\": \"json_object\"}%s}";
        var message = ask(PATH, body.formatted("")).at("/choices/0/message");
        assertThat(message.get("reasoning").asString()).isEqualTo("Hm.");
        assertThat(message.get("content").asString()).isEqualTo("{\"a\": 1}");
        assertThat(engine.submitted.getLast().constraint())
                .isInstanceOf(ConstraintDefinition.Sequence.class);
        says("{\"a\": 1}");
        var not =
                ask(
                        PATH,
                        body.formatted(", \"chat_template_kwargs\": {\"enable_thinking\": false}"));
        assertThat(engine.submitted.getLast().constraint())
                .isEqualTo(new ConstraintDefinition.JsonObject());
        assertThat(not.at("/usage/completion_tokens_details/reasoning_tokens").isInt()).isTrue();
    }

    @Test
    void reasoningIsLeftOutOnRequest() {
        says("<think>\nThe user greets.\n</think>\n\nHello");
        var body =
                "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"include_reasoning\": false%s}";
        var answer = ask(PATH, body.formatted(""));
        assertThat(answer.at("/choices/0/message").toString())
                .isEqualTo("{\"role\":\"assistant\",\"content\":\"Hello\",\"refusal\":null}");
        var chunks = stream(PATH, body.formatted(", \"stream\": true"));
        assertThat(chunks).noneMatch(chunk -> chunk.toString().contains("greets"));
        assertThat(
                        chunks.stream()
                                .map(c -> c.at("/choices/0/delta/content").asString(""))
                                .collect(Collectors.joining()))
                .isEqualTo("Hello");
    }

    @ParameterizedTest
    @ValueSource(strings = {"logprobs", "return_token_ids"})
    void membersOnReasoningAreRefusedWithoutReasoning(String member) {
        var body =
                "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"include_reasoning\": false, \"%s\": true}";
        var refusal =
                post(PATH, body.formatted(member))
                        .expectStatus()
                        .isBadRequest()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(refusal)).at("/error/param").asString())
                .isEqualTo("include_reasoning");
        serve(base, base.generation());
        says("Hello");
        ask(PATH, body.formatted(member)); // Its template has no reasoning.
    }

    @Test
    void aTokenWithLogprobsIsToldEvenIfItsTextIsHeldBack() {
        engine.answer(request ->
                List.of(
                        new Token(1, "<tool", Events.logprobs(1, -1)),
                        new Token(2, "_call>{}", Events.logprobs(2, -2)),
                        Events.finished(FinishReason.STOP, request.prompt().length, 2)));
        var chunks = stream(PATH, chat(", \"stream\": true, \"logprobs\": true"));
        assertThat(chunks).hasSize(4);
        assertThat(chunks.get(1).at("/choices/0/delta").toString()).isEqualTo("{\"content\":\"\"}");
        assertThat(chunks.get(1).at("/choices/0/logprobs/content").size()).isEqualTo(1);
        assertThat(chunks.get(2).at("/choices/0/delta/content").asString())
                .isEqualTo("<tool_call>{}");
    }

    @Test
    void modelsSayHowTheirAnswersAreRead() {
        var card =
                client().get()
                        .uri("/v1/models/demo")
                        .exchange()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(card)).get("tool_parser").asString()).isEqualTo("hermes");
        assertThat(json(String.valueOf(card)).get("reasoning_parser").asString())
                .isEqualTo("think");
    }

    /** The bundled model's template knows no tools. */
    @Test
    void aModelWithoutAFormatCannotChooseButBeMadeToCallInAnArray() {
        serve(base, base.generation());
        var error = json(bodyOf(chat(""))).get("error");
        assertThat(error.get("param").asString()).isEqualTo("tools");
        assertThat(error.get("message").asString())
                .contains("'demo'", "\"required\"", "dlora.tool-parser");
        says("[{\"name\": \"now\", \"parameters\": {}}]");
        assertThat(
                        ask(PATH, chat(", \"tool_choice\": \"required\""))
                                .at("/choices/0/message/tool_calls")
                                .size())
                .isEqualTo(1);
    }

    /** An agent that had to call leaves the choice to the model in its next turn. */
    @Test
    void aModelWithoutAFormatAnswersInTextWhatFollowsAResult() {
        serve(base, base.generation());
        says("It is noon. <tool_call>");
        var choice =
                ask(
                                PATH,
                                """
                                {"model": "demo", %s, "messages": [{"role": "user", "content": "Time?"},
                                 {"role": "assistant", "content": null, "tool_calls": [
                                   {"id": "a", "type": "function", "function": {"name": "now", "arguments": "{}"}}]},
                                 {"role": "tool", "tool_call_id": "a", "content": "noon"}]}
                                """
                                        .formatted(TOOLS))
                        .at("/choices/0");
        assertThat(choice.at("/message/content").asString()).isEqualTo("It is noon. <tool_call>");
        assertThat(choice.get("finish_reason").asString()).isEqualTo("stop");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "tools": {}                                           | tools | 'tools' must be an array, but is an object.
                    "tools": ["f"]                                        | tools[0] | must be an object, but is "f".
                    "tools": [{"function": {"name": "f"}}]                | tools[0].type | is required
                    "tools": [{"type": "custom", "custom": {}}]           | tools[0].type | not supported: tools are functions
                    "tools": [{"type": "function"}]                       | tools[0].function | is required
                    "tools": [{"type": "function", "x": 1, "function": {"name": "f"}}] | tools[0].x | Unknown parameter
                    "tools": [{"type": "function", "function": {"name": ""}}]      | tools[0].function.name | 1 to 64 letters
                    "tools": [{"type": "function", "function": {"name": "a b"}}]   | tools[0].function.name | but is 'a b'.
                    "tools": [{"type": "function", "function": {"name": 1}}]       | tools[0].function.name | must be a string
                    "tools": [{"type": "function", "function": {"name": "f", "description": 1}}]  | tools[0].function.description | must be a string
                    "tools": [{"type": "function", "function": {"name": "f", "strict": "yes"}}]   | tools[0].function.strict | true or false
                    "tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]  | tools[0].function.parameters | an object
                    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "string"}}}] | tools[0].function.parameters | its type is "string".
                    "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "f"}}] | tools[1].function.name | another tool
                    "tool_choice": "auto"                                 | tool_choice | needs 'tools'
                    "tool_choice": "required", "tools": []                | tool_choice | needs 'tools'
                    "tool_choice": "any", TOOLS                           | tool_choice | must be "none", "auto"
                    "tool_choice": 1, TOOLS                               | tool_choice | but is 1.
                    "tool_choice": {}, TOOLS                              | tool_choice.function | is required
                    "tool_choice": {"type": "allowed_tools"}, TOOLS       | tool_choice.type | not supported
                    "tool_choice": {"type": "function", "function": {}}, TOOLS | tool_choice.function.name | is required
                    "tool_choice": {"type": "function", "function": {"name": "g"}}, TOOLS | tool_choice.function.name | 'tools' has get_weather, now.
                    "parallel_tool_calls": 1, TOOLS                       | parallel_tool_calls | true or false
                    """)
    void aBadToolIsNamed(String members, String param, String message) {
        refuses(
                "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], "
                        + members.replace("TOOLS", TOOLS)
                        + "}",
                param,
                message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"role": "tool", "tool_call_id": "a", "content": "x"}      | messages[1].role | no message with 'tool_calls' is before it
                    CALLS, {"role": "user", "content": "x"}, {"role": "tool", "tool_call_id": "a", "content": "x"} | messages[3].role | no message
                    CALLS, {"role": "tool", "tool_call_id": "z", "content": "x"} | messages[2].tool_call_id | 'z', which no call
                    CALLS, {"role": "tool", "tool_call_id": "a"}               | messages[2].content | is required
                    {"role": "user", "content": "x", "tool_calls": [{}]}       | messages[1].tool_calls | of the role 'assistant' only
                    {"role": "assistant", "tool_calls": "x"}                   | messages[1].tool_calls | an array, but is "x".
                    {"role": "assistant", "tool_calls": [1]}                   | messages[1].tool_calls[0] | an object, but is 1.
                    {"role": "assistant", "tool_calls": [{"type": "custom"}]}  | messages[1].tool_calls[0].type | calls are of functions
                    {"role": "assistant", "tool_calls": [{"id": "a"}]}         | messages[1].tool_calls[0].function | is required
                    {"role": "assistant", "tool_calls": [{"id": "a", "function": {}}]} | messages[1].tool_calls[0].function.name | is required
                    {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": 1}}]} | messages[1].tool_calls[0].function.arguments | must be a string
                    {"role": "assistant"}                                      | messages[1].content | is required
                    """)
    void aBadHistoryIsNamed(String messages, String param, String message) {
        var calls =
                "{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"a\", \"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}";
        refuses(
                "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}, "
                        + messages.replace("CALLS", calls)
                        + "]}",
                param,
                message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = "``\n`not JSON`\n`[1]`\n`{}`")
    void argumentsThatAreNoObjectAreAnEmptyOneInHistories(String arguments) {
        says("ok");
        ask(
                PATH,
                """
                {"model": "demo", "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "",
                 "tool_calls": [{"function": {"name": "f", "arguments": "%s"}}]}, {"role": "tool", "content": "y"}]}
                """
                        .formatted(arguments));
        assertThat(prompt()).contains("{\"name\": \"f\", \"arguments\": {}}");
    }

    private void refuses(String body, String param, String message) {
        var error = json(bodyOf(body)).get("error");
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("message").asString()).contains(message);
        assertThat(error.get("type").asString()).isEqualTo("invalid_request_error");
    }

    private String bodyOf(String body) {
        return String.valueOf(
                post(PATH, body)
                        .expectStatus()
                        .isBadRequest()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody());
    }
}

package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.Events.entry;
import static org.dlora.api.openai.Events.logprobs;

import java.util.List;
import java.util.Map;
import org.dlora.api.web.Json;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ResponsesTest extends ResponsesServer {
    private static final String USER = "<|im_start|>user\n%s<|im_end|>\n";
    private static final String SYSTEM = "<|im_start|>system\n%s<|im_end|>\n";
    private static final String ANSWER = "<|im_start|>assistant\n";

    @Test
    void anAnswerHasOpenAisShape() {
        say("Hello");
        var answer =
                create(
                        "\"model\": \"rot13\", \"input\": \"Hi\", \"metadata\": {\"a\": \"b\"}, \"user\": \"ann\", \"max_output_tokens\": 20, \"temperature\": 0.5, \"instructions\": \"Shout.\", \"safety_identifier\": \"s\", \"prompt_cache_key\": \"k\"");
        assertThat(id(answer)).matches("resp_[0-9a-f]{32}");
        assertThat(id(answer.at("/output/0"))).matches("msg_[0-9a-f]{32}");
        var item = (ObjectNode) answer.at("/output/0");
        item.remove("id");
        assertThat(without(answer, "id"))
                .isEqualTo(
                        json(
                                """
                                {"object": "response", "created_at": 1767323045, "status": "completed", "background": false, "completed_at": 1767323045,
                                 "error": null, "incomplete_details": null, "instructions": "Shout.", "max_output_tokens": 20, "max_tool_calls": null,
                                 "model": "rot13",
                                 "output": [{"type": "message", "status": "completed", "role": "assistant",
                                             "content": [{"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}]}],
                                 "parallel_tool_calls": true, "previous_response_id": null, "prompt_cache_key": "k",
                                 "reasoning": {"effort": null, "summary": null}, "safety_identifier": "s", "service_tier": "default", "store": true,
                                 "temperature": 0.5, "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": [],
                                 "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled",
                                 "usage": {"input_tokens": %d, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                                           "output_tokens": 6, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": %d},
                                 "user": "ann", "metadata": {"a": "b"}}
                                """
                                        .formatted(promptTokens(), promptTokens() + 6)));
        var request = engine.submitted.getLast();
        assertThat(request.adapter()).isEqualTo(AdapterRef.of("rot13"));
        assertThat(request.stop().maxTokens()).isEqualTo(20);
        assertThat(request.sampling().temperature()).isEqualTo(0.5);
        assertThat(request.id()).isEqualTo(id(answer) + "-0");
        assertThat(engine.arrivals.getLast().endUser()).isEqualTo("ann");
    }

    private int promptTokens() {
        return engine.submitted.getLast().prompt().length;
    }

    @Test
    void inputIsTheChatOfItsMessages() {
        say("x");
        create("\"input\": \"Hi\"");
        assertThat(prompt()).isEqualTo(USER.formatted("Hi") + ANSWER);
        assertThat(engine.submitted.getLast().adapter()).isEqualTo(AdapterRef.base());
        create("\"input\": \"Hi\", \"instructions\": \"Be brief.\"");
        assertThat(prompt())
                .isEqualTo(SYSTEM.formatted("Be brief.") + USER.formatted("Hi") + ANSWER);
        create(
                """
                "input": [{"role": "developer", "content": "Rules"},
                  {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "A"}, {"type": "input_text", "text": "B"}]},
                  {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "phase": null,
                   "content": [{"type": "output_text", "text": "C", "annotations": [], "logprobs": []}]},
                  {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": null},
                  {"role": "user", "content": "D"}]
                """);
        assertThat(prompt())
                .isEqualTo(
                        SYSTEM.formatted("Rules")
                                + USER.formatted("A\nB")
                                + ANSWER
                                + "C<|im_end|>\n"
                                + USER.formatted("D")
                                + ANSWER);
    }

    @Test
    void aStreamHasOpenAisEvents() {
        say("Hi");
        var events = events("\"input\": \"x\"");
        assertThat(events.stream().map(event -> event.get("type").asString()))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        var begun = events.getFirst().get("response");
        assertThat(begun.get("status").asString()).isEqualTo("in_progress");
        assertThat(begun.get("output")).isEmpty();
        assertThat(begun.get("usage").isNull()).isTrue();
        var message = events.get(2).get("item");
        assertThat(message.get("status").asString()).isEqualTo("in_progress");
        assertThat(message.get("content")).isEmpty();
        for (var event : events.subList(3, 8)) {
            assertThat(event.get("item_id")).isEqualTo(message.get("id"));
            assertThat(event.get("output_index").intValue()).isZero();
            assertThat(event.get("content_index").intValue()).isZero();
        }
        assertThat(events.get(4).get("delta").asString()).isEqualTo("H");
        assertThat(events.get(4).get("logprobs")).isEmpty();
        assertThat(events.get(6).get("text").asString()).isEqualTo("Hi");
        assertThat(events.get(7).at("/part/text").asString()).isEqualTo("Hi");
        var whole = events.getLast().get("response");
        assertThat(whole.get("output").get(0)).isEqualTo(events.get(8).get("item"));
        assertThat(text(whole)).isEqualTo("Hi");
        assertThat(id(whole)).isEqualTo(id(begun));
        assertThat(whole.at("/usage/output_tokens").intValue()).isEqualTo(3);
        assertThat(get(PATH + "/" + id(whole), 200)).isEqualTo(whole);
    }

    @Test
    void anAnswerThatIsCutOffIsIncomplete() {
        engine.answer(
                new Token('a', "a", null),
                Events.finished(FinishReason.LENGTH, "b", null, 20, 16, 2));
        var answer = create("\"input\": \"x\"");
        assertThat(answer.get("status").asString()).isEqualTo("incomplete");
        assertThat(answer.at("/incomplete_details/reason").asString())
                .isEqualTo("max_output_tokens");
        assertThat(answer.get("completed_at").isNull()).isTrue();
        assertThat(answer.at("/output/0/status").asString()).isEqualTo("incomplete");
        assertThat(text(answer)).isEqualTo("ab");
        assertThat(answer.at("/usage/input_tokens_details/cached_tokens").intValue()).isEqualTo(16);
        var last = events("\"input\": \"x\"").getLast();
        assertThat(last.get("type").asString()).isEqualTo("response.incomplete");
        assertThat(text(last.get("response"))).isEqualTo("ab");
    }

    @Test
    void logprobsComeWhereTheyAreIncluded() {
        engine.answer(
                new Token('a', "a", logprobs('a', -1, entry('a', -1), entry('b', -2))),
                Events.finished(FinishReason.STOP, 20, 1));
        var members =
                "\"input\": \"x\", \"top_logprobs\": 2, \"include\": [\"message.output_text.logprobs\", \"reasoning.encrypted_content\"]";
        var expected =
                json(
                        """
                        [{"token": "a", "logprob": -1.0, "bytes": [97], "top_logprobs": [
                          {"token": "a", "logprob": -1.0, "bytes": [97]}, {"token": "b", "logprob": -2.0, "bytes": [98]}]}]
                        """);
        var answer = create(members);
        assertThat(answer.at("/output/0/content/0/logprobs")).isEqualTo(expected);
        assertThat(engine.submitted.getLast().logprobs()).isEqualTo(2);
        var events = events(members);
        assertThat(events.get(4).get("logprobs")).isEqualTo(expected);
        assertThat(events.get(5).get("logprobs")).isEqualTo(expected);
        create("\"input\": \"x\", \"top_logprobs\": 0");
        assertThat(engine.submitted.getLast().logprobs()).isEqualTo(-1);
    }

    @Test
    void aFailureEndsAStreamWithTheFailedResponse() {
        engine.answer(
                Events.token('a'), new Failed(FailureCode.REPLICA_FAULT, "The engine stopped."));
        var last = events("\"input\": \"x\"").getLast();
        assertThat(last.get("type").asString()).isEqualTo("response.failed");
        assertThat(last.get("response").get("error"))
                .isEqualTo(
                        json("{\"code\": \"server_error\", \"message\": \"The engine stopped.\"}"));
        assertThat(last.at("/response/status").asString()).isEqualTo("failed");
        assertThat(text(last.get("response"))).isEqualTo("a");
        var id = id(last.get("response"));
        get(PATH + "/" + id, 404);
        var error = refused(500, "\"input\": \"x\"");
        assertThat(error.get("message").asString()).isEqualTo("The engine stopped.");
    }

    @Test
    void aStreamWhoseParametersLeaveNoTokenEndsWithAnError() {
        engine.answer(new Failed(FailureCode.NO_TOKEN_POSSIBLE, "No token is left."));
        var last = events("\"input\": \"x\"").getLast();
        assertThat(last)
                .isEqualTo(
                        json(
                                "{\"type\": \"error\", \"code\": \"invalid_value\", \"message\": \"No token is left.\", \"param\": null, \"sequence_number\": 2}"));
    }

    @Test
    void adviceThatTheTemplateDoesNotReadChangesNoPrompt() {
        say("x");
        var answer =
                create(
                        "\"input\": \"Hi\", \"reasoning\": {\"effort\": \"low\"}, \"text\": {\"verbosity\": \"high\"}");
        assertThat(prompt()).isEqualTo(USER.formatted("Hi") + ANSWER);
        assertThat(answer.get("reasoning"))
                .isEqualTo(json("{\"effort\": \"low\", \"summary\": null}"));
        assertThat(answer.at("/text/verbosity").asString()).isEqualTo("high");
    }

    @Test
    void adviceIsOneOfItsWords() {
        var error = refused(400, "\"input\": \"x\", \"reasoning\": {\"effort\": \"deep\"}");
        assertThat(error.get("param").asString()).isEqualTo("reasoning.effort");
        error = refused(400, "\"input\": \"x\", \"text\": {\"verbosity\": \"loud\"}");
        assertThat(error.get("param").asString()).isEqualTo("text.verbosity");
    }

    @Test
    void aFullQueueIsAnErrorOfTheCall() {
        engine.capacity(0);
        assertThat(refused(429, "\"input\": \"x\", \"stream\": true").get("code").asString())
                .isEqualTo("queue_full");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "background": true                                     | background
                    "conversation": "conv_1"                               | conversation
                    "prompt": {"id": "pmpt_1"}                             | prompt
                    "truncation": "auto"                                   | truncation
                    "reasoning": {"summary": "auto"}                       | reasoning.summary
                    "tools": [{"type": "web_search"}]                      | tools[0].type
                    "tool_choice": {"type": "file_search"}                 | tool_choice.type
                    "text": {"format": {"type": "xml"}}                    | text.format.type
                    "include": ["everything"]                              | include[0]
                    "input": [{"type": "computer_call"}]                   | input[0].type
                    "input": [{"role": "user", "content": [{"type": "input_image"}]}] | input[0].content[0].type
                    "service_tier": "flex"                                 | service_tier
                    "moderation": {"policy": {}}                           | moderation
                    """)
    void unsupportedMembersAreRefusedByName(String member, String param) {
        var members = member.startsWith("\"input\"") ? member : "\"input\": \"x\", " + member;
        var error = refused(400, members);
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("code").asString()).isEqualTo("unsupported_parameter");
        assertThat(error.get("message").asString()).startsWith("'" + param + "' is not supported");
        assertThat(engine.submitted).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "model": "upper"                                       | input
                    "input": 3                                             | input
                    "input": []                                            | input
                    "input": [{"role": "tool", "content": "x"}]            | input[0].role
                    "input": [{"role": "user"}]                            | input[0].content
                    "input": [{"type": "function_call_output", "call_id": "c"}] | input[0].output
                    "input": "x", "max_output_tokens": 0                   | max_output_tokens
                    "input": "x", "temperature": 3                         | temperature
                    "input": "x", "top_logprobs": 21                       | top_logprobs
                    "input": "x", "top_logprobs": 2                        | top_logprobs
                    "input": "x", "metadata": {"a": 1}                     | metadata.a
                    "input": "x", "metadata": ["a"]                        | metadata
                    "input": "x", "stream_options": {}                     | stream_options
                    "input": "x", "previous_response_id": 1                | previous_response_id
                    "input": "x", "colour": "red"                          | colour
                    "input": "x", "store": "no"                            | store
                    """)
    void malformedMembersAreRefusedByName(String members, String param) {
        var error = refused(400, members);
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("message").asString()).contains("'" + param + "'");
        assertThat(engine.submitted).isEmpty();
    }

    @Test
    void defaultsAndNullsAreAccepted() {
        say("x");
        create(
                """
                "input": "x", "background": false, "conversation": null, "prompt": null, "truncation": "disabled", "tools": [],
                "tool_choice": "auto", "parallel_tool_calls": true, "reasoning": {"effort": null, "summary": null}, "text": {"format": {"type": "text"}},
                "service_tier": "auto", "include": [], "metadata": null, "top_logprobs": null, "max_tool_calls": 3, "store": null,
                "prompt_cache_retention": "24h", "stream_options": null, "moderation": null
                """);
        assertThat(events("\"input\": \"x\", \"stream_options\": {\"include_obfuscation\": false}"))
                .isNotEmpty();
        assertThat(create("\"input\": \"x\", \"seed\": 7, \"top_k\": 3").get("status").asString())
                .isEqualTo("completed");
        assertThat(engine.submitted.getLast().sampling().topK()).isEqualTo(3);
    }

    @Test
    void errorsOfTheChatNameTheMembersOfTheCall() {
        var error = refused(400, "\"input\": \"" + "long ".repeat(400) + "\"");
        assertThat(error.get("code").asString()).isEqualTo("context_length_exceeded");
        assertThat(error.get("param").asString()).isEqualTo("input");
        assertThat(error.get("message").asString()).contains("Shorten 'input'");
        var unknown = refused(404, "\"input\": \"x\", \"model\": \"gpt-9\"");
        assertThat(unknown.get("code").asString()).isEqualTo("model_not_found");
    }

    @Test
    void metadataIsBounded() {
        assertThat(refused(400, metadata(Map.of("k".repeat(65), "v"))).get("message").asString())
                .contains("at most 64 characters");
        assertThat(refused(400, metadata(Map.of("k", "v".repeat(513)))).get("message").asString())
                .contains("at most 512 characters");
        for (var name : List.of("prompt_cache_key", "safety_identifier", "user")) {
            var error =
                    refused(
                            400,
                            "\"input\": \"x\", \"%s\": \"%s\"".formatted(name, "v".repeat(513)));
            assertThat(error.get("param").asString()).isEqualTo(name);
            assertThat(error.get("message").asString()).contains("at most 512 characters");
        }
    }

    private static String metadata(Map<String, String> members) {
        return "\"input\": \"x\", \"metadata\": " + Json.write(members);
    }

    @Test
    void whileThereIsNoModelTheCallIsRefused() {
        serving.end();
        post(PATH, "{\"input\": \"x\"}").expectStatus().isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    }

    static JsonNode first(JsonNode list) {
        return list.get("data").get(0);
    }
}

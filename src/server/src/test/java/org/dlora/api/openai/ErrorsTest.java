package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.call.CallSettings;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient.ResponseSpec;
import tools.jackson.databind.JsonNode;

class ErrorsTest extends ApiTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String MESSAGES =
            "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "temperature": 3                         | temperature           | 'temperature' must be a number from 0 to 2, but is 3.
                    "temperature": -0.1                      | temperature           | from 0 to 2, but is -0.1.
                    "temperature": "hot"                     | temperature           | must be a number from 0 to 2, but is "hot".
                    "temperature": 1e999                     | temperature           | must be a number from 0 to 2
                    "top_p": 1.5                             | top_p                 | from 0 to 1, but is 1.5.
                    "top_k": -2                              | top_k                 | an integer of at least -1, but is -2.
                    "min_p": true                            | min_p                 | a number from 0 to 1, but is true.
                    "n": 0                                   | n                     | an integer from 1 to 16, but is 0.
                    "n": 2.5                                 | n                     | an integer from 1 to 16, but is 2.5.
                    "max_tokens": 3.5                        | max_tokens            | an integer of at least 1, but is 3.5.
                    "max_tokens": "3"                        | max_tokens            | an integer of at least 1, but is "3".
                    "top_k": 1e10                            | top_k                 | an integer of at least -1, but is 1.0E10.
                    "seed": 1e19                             | seed                  | an integer of 64 bits, but is 1.0E19.
                    "priority": 1.0                          | priority              | not supported
                    "n": 17                                  | n                     | an integer from 1 to 16, but is 17.
                    "max_tokens": 0                          | max_tokens            | an integer of at least 1, but is 0.
                    "max_completion_tokens": 9999999999      | max_completion_tokens | an integer of at least 1, but is 9999999999.
                    "min_tokens": 9, "max_tokens": 8         | min_tokens            | at most max_tokens, 8, but is 9.
                    "min_tokens": 5000                       | min_tokens            | without 'max_tokens' the answer can have at most
                    "presence_penalty": 2.5                  | presence_penalty      | from -2 to 2
                    "frequency_penalty": -3                  | frequency_penalty     | from -2 to 2
                    "repetition_penalty": 0                  | repetition_penalty    | a number above 0, at most 10, but is 0.
                    "seed": 1.5                              | seed                  | an integer of 64 bits, but is 1.5.
                    "stream": "yes"                          | stream                | true or false, but is "yes".
                    "stream_options": {}                     | stream_options        | only allowed with 'stream': true
                    "stop": 7                                | stop                  | a string or an array of strings, but is 7.
                    "stop": ["a", ""]                        | stop[1]               | must not be empty
                    "stop_token_ids": [264]                  | stop_token_ids[0]     | an integer from 0 to 263, but is 264.
                    "logit_bias": {"x": 1}                   | logit_bias            | 264 tokens, from 0 to 263, to numbers, but has the keys 'x'.
                    "logit_bias": {"5": 101}                 | logit_bias.5          | from -100 to 100, but is 101.
                    "logprobs": 3                            | logprobs              | true or false, but is 3.
                    "logprobs": true, "top_logprobs": 21     | top_logprobs          | from 0 to 20, but is 21.
                    "top_logprobs": 2                        | top_logprobs          | needs 'logprobs': true
                    "temprature": 1                          | temprature            | Unknown parameter: 'temprature'
                    "functions": [{}]                        | functions             | not supported
                    "response_format": {"type":"xml"}        | response_format       | not supported: its type may be 'text', 'json_object' or 'json_schema'
                    "response_format": {"type":"text","x":1} | response_format.x     | Unknown parameter
                    "response_format": "text"                | response_format       | an object, but is "text"
                    "modalities": ["text", "audio"]          | modalities            | not supported: only ["text"] is
                    "audio": {"voice": "x"}                  | audio                 | not supported
                    "prediction": {"type": "content"}        | prediction            | not supported
                    "web_search_options": {}                 | web_search_options    | not supported
                    "reasoning_effort": "deep"               | reasoning_effort      | one of none, minimal, low, medium, high, xhigh, max, but is 'deep'.
                    "verbosity": "loud"                      | verbosity             | one of low, medium, high, but is 'loud'.
                    "documents": [{"text": "x"}]             | documents             | not supported: the model's chat template does not read it
                    "store": true                            | store                 | not supported: nothing is stored
                    "service_tier": "flex"                   | service_tier          | not supported
                    "guided_json": {}                        | guided_json           | not supported: use 'structured_outputs'
                    "use_beam_search": true                  | use_beam_search       | not supported
                    "prompt_logprobs": -1                    | prompt_logprobs       | from 0 to 20, but is -1.
                    "prompt_logprobs": 1, "stream": true     | prompt_logprobs       | not available with 'stream': true
                    "truncate_prompt_tokens": 0              | truncate_prompt_tokens | which leaves no prompt
                    "truncate_prompt_tokens": 1024           | truncate_prompt_tokens | from -1 to 1023, but is 1024.
                    "truncation_side": "up"                  | truncation_side       | 'left' or 'right', but is 'up'.
                    "chat_template": "x"                     | chat_template         | not supported
                    "chat_template_kwargs": 1                | chat_template_kwargs  | an object, but is 1.
                    """)
    void aBadParameterIsNamedWithItsValueAndWhatIsAllowed(
            String member, String param, String message) {
        var error =
                refused(
                        CHAT,
                        "{\"model\": \"demo\", " + MESSAGES + ", " + member + "}",
                        HttpStatus.BAD_REQUEST);
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("message").asString()).contains(message);
        assertThat(error.get("type").asString()).isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"model": "demo"}                                                             | messages                    | 'messages' is required
                    {"model": "demo", "messages": []}                                             | messages                    | at least one message
                    {"model": "demo", "messages": "Hi"}                                           | messages                    | an array, but is "Hi".
                    {"model": "demo", "messages": ["Hi"]}                                         | messages[0]                 | an object, but is "Hi".
                    {"model": "demo", "messages": [{"content": "Hi"}]}                            | messages[0].role            | is required
                    {"model": "demo", "messages": [{"role": "", "content": "Hi"}]}                | messages[0].role            | must not be empty
                    {"model": "demo", "messages": [{"role": 1, "content": "Hi"}]}                 | messages[0].role            | a string, but is 1.
                    {"model": "demo", "messages": [{"role": "user"}]}                             | messages[0].content         | is required
                    {"model": "demo", "messages": [{"role": "user", "content": 5}]}               | messages[0].content         | a string or an array of text parts
                    {"model": "demo", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]} | messages[0].content[0].type | only text parts are, not 'image_url'
                    {"model": "demo", "messages": [{"role": "assistant", "content": "", "tool_calls": [{}]}]} | messages[0].tool_calls[0].function | is required
                    {"model": 3, "messages": [{"role": "user", "content": "Hi"}]}                 | model                       | a string, but is 3.
                    """)
    void aBadMessageIsNamedByItsPlace(String body, String param, String message) {
        var error = refused(CHAT, body, HttpStatus.BAD_REQUEST);
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("message").asString()).contains(message);
    }

    @Test
    void stopStringsAreLimitedInLengthAndNumber() {
        engine.answer(r -> Events.saying("ok", r.prompt().length));
        var body = "{\"model\": \"demo\", \"prompt\": \"x\", \"stop\": [%s]}";
        var longest = "\"" + "s".repeat(256) + "\"";
        ask("/v1/completions", body.formatted(longest + (", " + longest).repeat(63)));
        engine.submitted.clear();

        var tooLong = body.formatted("\"s\", \"" + "s".repeat(257) + "\"");
        var error = refused("/v1/completions", tooLong, HttpStatus.BAD_REQUEST);
        assertThat(error.get("param").asString()).isEqualTo("stop[1]");
        assertThat(error.get("message").asString())
                .contains("'stop[1]' must have at most 256 characters, but has 257.");

        var tooMany = body.formatted("\"s\"" + ", \"s\"".repeat(64));
        error = refused("/v1/completions", tooMany, HttpStatus.BAD_REQUEST);
        assertThat(error.get("param").asString()).isEqualTo("stop");
        assertThat(error.get("message").asString())
                .contains("an array of at most 64 strings, but is an array of 65.");
    }

    @Test
    void aServerMayRefuseExactWeights() {
        serve(
                base,
                base.generation(),
                new CallSettings(false, false, false, false, 20, PrefixSharing.TEAM, true));
        var body = "{\"model\": \"demo\", \"prompt\": \"x\", \"dlora_exact\": true}";
        var error = refused("/v1/completions", body, HttpStatus.BAD_REQUEST);
        assertThat(error.get("param").asString()).isEqualTo("dlora_exact");
        assertThat(error.get("message").asString()).contains("dlora.allow-exact is false");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "prompt": []                                   | prompt       | must not be empty
                    "prompt": ""                                   | prompt       | has no tokens
                    "prompt": {"a": 1}                             | prompt       | an array, but is an object.
                    "prompt": [[]]                                 | prompt       | has no tokens
                    "prompt": [72, "x"]                            | prompt[1]    | an integer from 0 to 263, but is "x".
                    "prompt": ["x", 72]                            | prompt[1]    | a string, but is 72.
                    "prompt": [[72], [-1]]                         | prompt[1][0] | an integer from 0 to 263, but is -1.
                    "prompt": "x", "suffix": "y"                   | suffix       | not supported
                    "prompt": "x", "best_of": 2                    | best_of      | not supported: only the value of 'n' is
                    "prompt": "x", "logprobs": 21                  | logprobs     | from 0 to 20, but is 21.
                    "prompt": "x", "max_tokens": 0                 | max_tokens   | at least 1, but is 0.
                    "prompt": "x", "messages": []                  | messages     | Unknown parameter
                    "prompt": ["x", "y", "z"], "n": 6              | prompt       | 18 sequences (3 prompts, n=6); at most 16
                    """)
    void aBadCompletionIsRefusedTheSameWay(String members, String param, String message) {
        var error =
                refused(
                        "/v1/completions",
                        "{\"model\": \"demo\", " + members + "}",
                        HttpStatus.BAD_REQUEST);
        assertThat(error.get("param").asString()).isEqualTo(param);
        assertThat(error.get("message").asString()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"model": "demo"            | The body is not valid JSON: Unexpected end-of-input: expected close marker for Object (line 1, column
                    `{"model": NaN}`            | The body is not valid JSON
                    {"n": 1, "n": 2}            | The body is not valid JSON
                    {} {}                       | The body is not valid JSON
                    [1]                         | The body must be a JSON object, but is an array of 1.
                    ``                          | The body is empty; send a JSON object.
                    """)
    void aBodyThatIsNoJsonObjectSaysSo(String body, String message) {
        assertThat(refused(CHAT, body, HttpStatus.BAD_REQUEST).get("message").asString())
                .contains(message);
    }

    /** Issue 12: messages named the classes and the settings of the parser. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"a": NaN}        | Non-standard token 'NaN' (line 1, column
                    {"a": +1}         | JSON spec does not allow numbers to have plus signs (line
                    {"a": 1} {}       | Something follows the end of the object (line
                    {"a": 1           | Unexpected end-of-input: expected close marker for Object (line
                    {"a": 1]          | Unexpected close marker ']': expected '}' (line
                    {"a": "x          | Unexpected end-of-input in a string (line
                    {"a": 1, "a": 2}  | Duplicate Object property "a" (line
                    /* a */ {}        | maybe a (non-standard) comment? (line
                    """)
    void invalidJsonIsReportedInWordsOfJson(String body, String message) {
        var error = refused(CHAT, body, HttpStatus.BAD_REQUEST);
        assertThat(error.get("message").asString())
                .startsWith("The body is not valid JSON: ")
                .contains(message)
                .doesNotContain("`", "Feature", "Jackson");
    }

    @Test
    void limitsOfJsonAreReportedInWordsOfJson() {
        for (var body :
                List.of(
                        "[".repeat(50_000),
                        "{\"a\": " + "1".repeat(2000) + "}",
                        "{\"" + "k".repeat(60_000) + "\": 1}")) {
            assertThat(refused(CHAT, body, HttpStatus.BAD_REQUEST).get("message").asString())
                    .doesNotContain("`", "Constraints")
                    .containsPattern("exceeds the maximum allowed \\(\\d+\\)");
        }
    }

    @Test
    void wholeNumbersAreIntegersHoweverTheyAreWritten() {
        engine.answer(r -> Events.saying("ok", r.prompt().length));
        ask(
                CHAT,
                "{\"model\": \"demo\", "
                        + MESSAGES
                        + """
                        , "max_tokens": 3.0, "seed": 4e0, "n": 2.0, "top_k": 50e-1, "min_tokens": 1.0, "priority": 0.0,
                        "logprobs": true, "top_logprobs": 0.0, "stop_token_ids": [7.0]}
                        """);
        ask(
                "/v1/completions",
                """
                {"model": "demo", "prompt": [72.0, 73], "max_tokens": 3.0, "logprobs": 0.0, "best_of": 1.0}
                """);
        assertThat(engine.submitted).hasSize(3);
        var request = engine.submitted.getFirst();
        assertThat(request.sampling().seed()).hasValue(4);
        assertThat(request.sampling().topK()).isEqualTo(5);
        assertThat(request.stop().maxTokens()).isEqualTo(3);
        assertThat(request.stop().minTokens()).isEqualTo(1);
        assertThat(request.stop().stopTokens()).containsExactly(7);
        assertThat(engine.submitted.getLast().prompt()).containsExactly(72, 73);
    }

    @Test
    void deeplyNestedJsonIsRefused() {
        assertThat(
                        refused(CHAT, "[".repeat(50_000), HttpStatus.BAD_REQUEST)
                                .get("message")
                                .asString())
                .contains("not valid JSON");
    }

    @Test
    void harmlessParametersAreAccepted() {
        engine.answer(r -> Events.saying("ok", r.prompt().length));
        ask(
                CHAT,
                "{\"model\": \"demo\", "
                        + MESSAGES
                        + """
                        , "user": "u", "safety_identifier": "s", "metadata": {"a": "b"}, "prompt_cache_key": "k", "service_tier": "auto",
                        "store": false, "parallel_tool_calls": true, "tools": [], "tool_choice": "none", "response_format": {"type": "text"},
                        "modalities": ["text"], "n": null, "stop": null, "logit_bias": null, "stream_options": null}
                        """);
        assertThat(engine.submitted).hasSize(1);
    }

    @Test
    void aLongNameIsNotEchoedWhole() {
        var body = "{\"model\": \"" + "x".repeat(100_000) + "\", " + MESSAGES + "}";
        var message = refused(CHAT, body, HttpStatus.NOT_FOUND).get("message").asString();
        assertThat(message).hasSizeLessThan(500).contains("does not exist");
    }

    @Test
    void anUnknownModelIs404AndListsTheServedOnes() {
        var error = refused(CHAT, "{\"model\": \"gpt-9\", " + MESSAGES + "}", HttpStatus.NOT_FOUND);
        assertThat(error.get("code").asString()).isEqualTo("model_not_found");
        assertThat(error.get("param").asString()).isEqualTo("model");
        assertThat(error.get("message").asString())
                .isEqualTo(
                        "The model 'gpt-9' does not exist. Served are 'demo' and the adapters rot13, upper.");
    }

    @Test
    void aPromptLongerThanTheContextIsRefusedWithTheNumbers() {
        var body = "{\"model\": \"demo\", \"prompt\": \"" + "x".repeat(1024) + "\"}";
        var error = refused("/v1/completions", body, HttpStatus.BAD_REQUEST);
        assertThat(error.get("code").asString()).isEqualTo("context_length_exceeded");
        assertThat(error.get("message").asString())
                .contains("1024 tokens, but the prompt has 1024");
    }

    @Test
    void aPromptThatCannotFitIsRefusedBeforeItIsTokenised() {
        var text = "x".repeat(100_000);
        for (var call :
                Map.of(
                                "/v1/completions", "\"prompt\": \"" + text + "\"",
                                "/v1/chat/completions",
                                        "\"messages\": [{\"role\": \"user\", \"content\": \""
                                                + text
                                                + "\"}]")
                        .entrySet()) {
            var body = "{\"model\": \"demo\", " + call.getValue() + "}";
            var error = refused(call.getKey(), body, HttpStatus.BAD_REQUEST);
            assertThat(error.get("code").asString()).isEqualTo("context_length_exceeded");
            assertThat(error.get("message").asString())
                    .contains("1024 tokens, but the prompt has at least ");
        }
    }

    @Test
    void aPromptAndAnAnswerLongerThanTheContextAreRefusedWithTheNumbers() {
        var body =
                "{\"model\": \"demo\", \"prompt\": \""
                        + "x".repeat(1000)
                        + "\", \"max_tokens\": 25}";
        var error = refused("/v1/completions", body, HttpStatus.BAD_REQUEST);
        assertThat(error.get("code").asString()).isEqualTo("context_length_exceeded");
        assertThat(error.get("message").asString())
                .contains(
                        "maximum context length is 1024 tokens, but you asked for 1025 (1000 in the prompt, 25 for the answer)");
    }

    @Test
    void aModelWithoutAChatTemplateSaysSo(@TempDir Path folder) throws IOException {
        for (var file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Files.copy(DEMO.resolve("model").resolve(file), folder.resolve(file));
        }
        var bare = BaseModel.open(folder);
        serve(bare, bare.generation());
        assertThat(
                        refused(
                                        CHAT,
                                        "{\"model\": \"demo\", " + MESSAGES + "}",
                                        HttpStatus.BAD_REQUEST)
                                .get("message")
                                .asString())
                .isEqualTo("The model 'demo' has no chat template; use /v1/completions.");
    }

    @Test
    void aConversationThatTheTemplateRefusesIsRefusedWithItsWords() {
        try (var strict = BaseModel.open(TestFiles.golden("models/mistral"))) {
            serve(strict, strict.generation());
            var user = "{\"role\": \"user\", \"content\": \"Hi\"}";
            var body = "{\"model\": \"demo\", \"messages\": [" + user + ", " + user + "]}";
            var error = refused(CHAT, body, HttpStatus.BAD_REQUEST);
            assertThat(error.get("param").asString()).isEqualTo("messages");
            assertThat(error.get("message").asString())
                    .startsWith(
                            "The model's chat template refuses the messages: After the optional system message");
        }
    }

    @Test
    void aBodyThatIsTooLargeIs413() {
        var error =
                refused(
                        CHAT,
                        "{\"model\": \"" + "x".repeat(200_000) + "\"}",
                        HttpStatus.CONTENT_TOO_LARGE);
        assertThat(error.get("message").asString())
                .startsWith("The body is larger than the server takes.")
                .doesNotContain("spring");
    }

    @Test
    void wrongPathsMethodsAndMediaTypesHaveTheSameShape() {
        var nowhere = error(client().get().uri("/v1/nothing").exchange(), HttpStatus.NOT_FOUND);
        assertThat(nowhere.get("message").asString())
                .startsWith(
                        "There is nothing at GET /v1/nothing. There are /v1/chat/completions, /v1/completions, /v1/responses, /v1/models, ");
        var get = client().get().uri(CHAT).exchange();
        get.expectHeader().valueEquals("Allow", "POST");
        assertThat(error(get, HttpStatus.METHOD_NOT_ALLOWED).get("message").asString())
                .contains("use POST.");
        var form =
                client().post()
                        .uri(CHAT)
                        .contentType(MediaType.APPLICATION_FORM_URLENCODED)
                        .bodyValue("{}")
                        .exchange();
        assertThat(error(form, HttpStatus.UNSUPPORTED_MEDIA_TYPE).get("message").asString())
                .contains("must be application/json, but is application/x-www-form-urlencoded");
    }

    @Test
    void aFullQueueIs429WithRetryAfterAndLeavesNothingBehind() {
        engine.capacity(2);
        var response =
                post(CHAT, "{\"model\": \"demo\", " + MESSAGES + ", \"n\": 3, \"stream\": true}");
        response.expectHeader().valueEquals("Retry-After", "1");
        var error = error(response, HttpStatus.TOO_MANY_REQUESTS);
        assertThat(error.get("type").asString()).isEqualTo("rate_limit_error");
        assertThat(error.get("message").asString()).contains("The queue is full");
        assertThat(engine.cancelled)
                .containsAll(engine.submitted.stream().map(r -> r.id()).toList());
    }

    @Test
    void beforeTheModelIsReadyAllSay503() {
        serving.end();
        client().get()
                .uri("/health")
                .exchange()
                .expectStatus()
                .isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        for (var response :
                new ResponseSpec[] {
                    client().get().uri("/v1/models").exchange(),
                    post(CHAT, "{}"),
                    post("/v1/completions", "{}"),
                    post("/tokenize", "{}")
                }) {
            response.expectHeader().valueEquals("Retry-After", "5");
            assertThat(error(response, HttpStatus.SERVICE_UNAVAILABLE).get("message").asString())
                    .contains("not ready");
        }
    }

    private JsonNode refused(String path, String body, HttpStatus status) {
        var error = error(post(path, body), status);
        assertThat(engine.submitted).isEmpty();
        return error;
    }

    private static JsonNode error(ResponseSpec response, HttpStatus status) {
        var body =
                response.expectStatus()
                        .isEqualTo(status)
                        .expectHeader()
                        .contentType(MediaType.APPLICATION_JSON)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        var error = json(String.valueOf(body)).get("error");
        assertThat(error.propertyNames()).containsExactly("message", "type", "param", "code");
        return error;
    }
}

package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Every answer and every chunk says how it was computed, whatever was asked for. */
class FingerprintInAnswersTest extends ApiTest {
    private static final String CHAT =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], ";
    private static final String TEXT = "{\"prompt\": [\"Hi\", [97, 98]], ";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"model\": \"demo\"",
                "\"model\": \"upper\"",
                "\"model\": \"demo\", \"n\": 3",
                "\"model\": \"upper\", \"n\": 2, \"return_token_ids\": true"
            })
    void chatsHaveTheFingerprint(String rest) {
        check("/v1/chat/completions", CHAT + rest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"model\": \"demo\"",
                "\"model\": \"upper\"",
                "\"model\": \"demo\", \"n\": 3",
                "\"model\": \"demo\", \"echo\": true, \"n\": 2",
                "\"model\": \"demo\", \"echo\": true, \"max_tokens\": 0"
            })
    void textCompletionsHaveTheFingerprint(String rest) {
        check("/v1/completions", TEXT + rest);
    }

    private void check(String path, String body) {
        engine.answer(request -> Events.saying("yes", request.prompt().length));
        assertFingerprint(ask(path, body + "}"));
        assertThat(stream(path, body + ", \"stream\": true}"))
                .hasSizeGreaterThan(1)
                .allSatisfy(FingerprintInAnswersTest::assertFingerprint);
        var counted =
                stream(
                        path,
                        body
                                + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");
        assertThat(counted).allSatisfy(FingerprintInAnswersTest::assertFingerprint);
        assertThat(counted.getLast().get("choices")).isEmpty();
    }

    private static void assertFingerprint(JsonNode answer) {
        assertThat(answer.path("system_fingerprint").asString()).isEqualTo("fp_0123456789abcdef");
    }
}

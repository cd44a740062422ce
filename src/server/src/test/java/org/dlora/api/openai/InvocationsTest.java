package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SageMaker's endpoint answers as the endpoint does that the body is for. */
class InvocationsTest extends ApiTest {
    private static final String PATH = "/invocations";
    private static final String CHAT =
            "{\"model\": \"demo\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]%s}";
    private static final String TEXT = "{\"model\": \"demo\", \"prompt\": \"Hi\"%s}";

    @BeforeEach
    void sayHello() {
        engine.answer(request -> Events.saying("Hello", request.prompt().length));
    }

    @Test
    void aBodyWithMessagesIsAChat() {
        var answer = ask(PATH, CHAT.formatted(""));
        assertThat(answer.get("object").asString()).isEqualTo("chat.completion");
        assertThat(answer.get("choices"))
                .isEqualTo(ask("/v1/chat/completions", CHAT.formatted("")).get("choices"));
        var chunks = stream(PATH, CHAT.formatted(", \"stream\": true"));
        assertThat(chunks.getFirst().get("object").asString()).isEqualTo("chat.completion.chunk");
    }

    @Test
    void aBodyWithAPromptIsATextCompletion() {
        var answer = ask(PATH, TEXT.formatted(""));
        assertThat(answer.get("object").asString()).isEqualTo("text_completion");
        assertThat(answer.get("choices"))
                .isEqualTo(ask("/v1/completions", TEXT.formatted("")).get("choices"));
        var chunks = stream(PATH, TEXT.formatted(", \"stream\": true"));
        assertThat(chunks.getFirst().get("object").asString()).isEqualTo("text_completion");
    }

    @Test
    void anAnswerNamesItsId() {
        var id =
                post(PATH, CHAT.formatted(""))
                        .expectStatus()
                        .isOk()
                        .returnResult(String.class)
                        .getResponseHeaders()
                        .getFirst("X-Request-Id");
        assertThat(id).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"model\": \"demo\"}", "{\"input\": \"Hi\"}"})
    void anyOtherBodyIsRefused(String body) {
        var answer =
                post(PATH, body)
                        .expectStatus()
                        .isBadRequest()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(answer)).at("/error/message").asString())
                .isEqualTo(
                        "The body has neither 'messages', as a chat has, nor 'prompt', as a text completion has.");
    }
}

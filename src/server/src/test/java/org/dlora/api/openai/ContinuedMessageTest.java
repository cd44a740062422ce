package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chats whose answer continues the last message. */
class ContinuedMessageTest extends ApiTest {
    private static final String PATH = "/v1/chat/completions";
    private static final String OPEN =
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nSure, ";

    @BeforeEach
    void answer() {
        engine.answer(request -> Events.saying("ok", request.prompt().length));
    }

    private static String chat(String last, String more) {
        return "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}, %s]%s}"
                .formatted(last, more);
    }

    private static final String LAST = "{\"role\": \"assistant\", \"content\": \"Sure, \"}";
    private static final String PREFIXED =
            "{\"role\": \"assistant\", \"content\": \"Sure, \", \"prefix\": true}";

    private String prompt() {
        return base.tokenizer().decode(engine.submitted.getLast().prompt(), false);
    }

    @Test
    void theLastMessageStaysOpen() {
        ask(PATH, chat(LAST, ", \"continue_final_message\": true"));
        assertThat(prompt()).isEqualTo(OPEN);
        assertThat(engine.submitted.getLast().continuesPrompt()).isTrue();
        ask(
                PATH,
                chat(LAST, ", \"continue_final_message\": true, \"add_generation_prompt\": false"));
        assertThat(prompt()).isEqualTo(OPEN);
        ask(PATH, chat(PREFIXED, ""));
        assertThat(prompt()).isEqualTo(OPEN);
        ask(PATH, chat(LAST, ""));
        assertThat(prompt()).isEqualTo(OPEN + "<|im_end|>\n<|im_start|>assistant\n");
        assertThat(engine.submitted.getLast().continuesPrompt()).isFalse();
    }

    @Test
    void tokensOfSuchAChatAreThoseOfItsPrompt() {
        var tokens =
                ask("/tokenize", chat(LAST, ", \"continue_final_message\": true")).get("tokens");
        ask(PATH, chat(PREFIXED, ""));
        assertThat(tokens.valueStream().mapToInt(one -> one.intValue()).toArray())
                .containsExactly(engine.submitted.getLast().prompt());
        assertThat(ask("/tokenize", chat(PREFIXED, "")).get("tokens")).isEqualTo(tokens);
    }

    @Test
    void anEchoedAnswerBeginsWithTheMessage() {
        var body = chat(PREFIXED, ", \"echo\": true%s");
        assertThat(ask(PATH, body.formatted("")).at("/choices/0/message/content").asString())
                .isEqualTo("Sure, ok");
        var chunks = stream(PATH, body.formatted(", \"stream\": true"));
        assertThat(
                        chunks.stream()
                                .map(c -> c.at("/choices/0/delta/content").asString(""))
                                .collect(Collectors.joining()))
                .isEqualTo("Sure, ok");
        assertThat(chunks.get(1).at("/choices/0/delta/content").asString()).isEqualTo("Sure, ");
    }

    /** The user's message is of another role than the answer. */
    @Test
    void echoRepeatsMessagesOfTheAnswersRoleAlone() {
        var body = "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"echo\": true%s}";
        assertThat(contents(body.formatted(""))).containsExactly("ok");
        assertThat(contents(body.formatted(", \"add_generation_prompt\": false")))
                .containsExactly("Hiok");
    }

    private List<String> contents(String body) {
        return ask(PATH, body)
                .get("choices")
                .valueStream()
                .map(choice -> choice.at("/message/content").asString())
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"role": "assistant", "content": "x"}                   | "continue_final_message": true, "add_generation_prompt": true  | continue_final_message | Cannot set both
                    {"role": "assistant", "content": "x", "prefix": true}   | "add_generation_prompt": true                                  | continue_final_message | Cannot set both 'prefix'
                    {"role": "assistant", "content": "x", "prefix": true}   | "continue_final_message": false                                | continue_final_message | Leave out one of them
                    {"role": "user", "content": "x", "prefix": true}        | "n": 1                                                         | messages[1].prefix     | only the last message, with the role 'assistant'
                    {"role": "assistant", "content": "x", "prefix": "yes"}  | "n": 1                                                         | messages[1].prefix     | true or false
                    """)
    void contradictionsAreRefused(String last, String more, String param, String message) {
        for (var path : List.of(PATH, "/tokenize")) {
            if (path.equals("/tokenize") && more.contains("\"n\"")) {
                continue;
            }
            var answer =
                    post(path, chat(last, ", " + more))
                            .expectStatus()
                            .isBadRequest()
                            .expectBody(String.class)
                            .returnResult()
                            .getResponseBody();
            var error = json(String.valueOf(answer)).get("error");
            assertThat(error.get("param").asString()).isEqualTo(param);
            assertThat(error.get("message").asString()).contains(message);
        }
    }
}

package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.dlora.api.openai.Events.entry;
import static org.dlora.api.openai.Events.logprobs;

import java.util.List;
import org.dlora.api.openai.call.RequestLimits;
import org.dlora.api.web.ApiException;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** vLLM's options of prompts: their log-probabilities, their truncation, and ids for texts. */
class PromptOptionsTest extends ApiTest {
    private static final String TEXT = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";

    private static final String PLACES =
            """
            [null, {"98": {"logprob": -3.0, "rank": null, "decoded_token": "b"},
                    "99": {"logprob": -0.5, "rank": 1, "decoded_token": "c"}},
                   {"99": {"logprob": -0.25, "rank": 1, "decoded_token": "c"}}]
            """;

    private void scorePrompts() {
        engine.answer(
                new Prompt(
                        List.of(
                                logprobs('b', -3f, entry('c', -0.5f), entry('d', -1f)),
                                logprobs('c', -0.25f, entry('c', -0.25f), entry('d', -2f)))),
                new Token('d', "d", logprobs('d', -2f)),
                Events.finished(FinishReason.LENGTH, 3, 1));
    }

    private JsonNode choice(String body) {
        return ask(TEXT, body).get("choices").get(0);
    }

    @Test
    void aPromptIsScoredAtEachPlace() {
        scorePrompts();
        assertThat(choice("{\"prompt\": \"abc\", \"prompt_logprobs\": 1}").get("prompt_logprobs"))
                .isEqualTo(json(PLACES));
        assertThat(engine.submitted.getLast().promptLogprobs()).isEqualTo(1);
        assertThat(engine.submitted.getLast().logprobs()).isEqualTo(-1);
        var messages = "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";
        assertThat(
                        ask(CHAT, "{%s, \"prompt_logprobs\": 1}".formatted(messages))
                                .get("prompt_logprobs"))
                .isEqualTo(json(PLACES));
    }

    @Test
    void tooManyLogprobsOfPromptsAreRefused() {
        var prompts = List.of(new int[400], new int[600]);
        RequestLimits.checkPromptLogprobs(prompts, 1000, -1);
        RequestLimits.checkPromptLogprobs(prompts, 50, 19);
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> RequestLimits.checkPromptLogprobs(prompts, 50, 20))
                .withMessageContaining("1,050,000 log-probabilities of prompts (1,000 tokens, n=50")
                .withMessageContaining("at most 1,000,000");
    }

    /** The engine reports the most that either parameter asks for. */
    @Test
    void theEchoHasItsOwnNumberOfAlternatives() {
        scorePrompts();
        var choice =
                choice(
                        "{\"prompt\": \"abc\", \"prompt_logprobs\": 2, \"echo\": true, \"logprobs\": 0}");
        assertThat(engine.submitted.getLast().promptLogprobs()).isEqualTo(2);
        assertThat(choice.get("logprobs").get("top_logprobs"))
                .isEqualTo(json("[null, {\"b\": -3.0}, {\"c\": -0.25}, {\"d\": -2.0}]"));
        assertThat(choice.get("prompt_logprobs").get(2)).hasSize(2);
    }

    @Test
    void tokensAreNamedByTheirIdsOnRequest() {
        scorePrompts();
        var choice =
                choice(
                        "{\"prompt\": \"abc\", \"echo\": true, \"logprobs\": 1, \"return_tokens_as_token_ids\": true}");
        assertThat(choice.get("logprobs").get("tokens"))
                .isEqualTo(
                        json(
                                "[\"token_id:97\", \"token_id:98\", \"token_id:99\", \"token_id:100\"]"));
        assertThat(choice.get("logprobs").get("top_logprobs").get(1))
                .isEqualTo(json("{\"token_id:98\": -3.0, \"token_id:99\": -0.5}"));
        var entry =
                ask(
                                CHAT,
                                "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"logprobs\": true, \"return_tokens_as_token_ids\": true}")
                        .at("/choices/0/logprobs/content/0");
        assertThat(entry.get("token").asString()).isEqualTo("token_id:100");
        assertThat(entry.get("bytes")).isEqualTo(json("[100]"));
    }

    @Test
    void aPromptIsCutAtEitherSide() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        choice("{\"prompt\": \"abcdef\", \"truncate_prompt_tokens\": 2}");
        assertThat(engine.submitted.getLast().prompt()).containsExactly('e', 'f');
        choice(
                "{\"prompt\": [97, 98, 99], \"truncate_prompt_tokens\": 2, \"truncation_side\": \"right\"}");
        assertThat(engine.submitted.getLast().prompt()).containsExactly('a', 'b');
        choice("{\"prompt\": \"abc\", \"truncate_prompt_tokens\": 9}");
        assertThat(engine.submitted.getLast().prompt()).containsExactly('a', 'b', 'c');
    }

    /** Minus one leaves one token of the context for the answer. */
    @Test
    void aPromptIsCutToTheContext() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        var body = "{\"prompt\": \"" + "a".repeat(2000) + "\"%s}";
        post(TEXT, body.formatted("")).expectStatus().isBadRequest();
        choice(body.formatted(", \"truncate_prompt_tokens\": -1"));
        assertThat(engine.submitted.getLast().prompt()).hasSize(1023);
        ask(
                CHAT,
                "{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}], \"truncate_prompt_tokens\": -1}"
                        .formatted("a".repeat(2000)));
        assertThat(engine.submitted.getLast().prompt()).hasSize(1023);
    }

    /** The echo is the prompt that the model got. */
    @Test
    void theEchoOfACutPromptIsWhatIsLeft() {
        engine.answer(request -> Events.saying("!", request.prompt().length));
        var choice =
                choice("{\"prompt\": \"abcdef\", \"truncate_prompt_tokens\": 2, \"echo\": true}");
        assertThat(choice.get("text").asString()).isEqualTo("ef!");
    }

    @Test
    void tokensOutOfTheVocabularyAreNamed() {
        var answer =
                post(TEXT, "{\"prompt\": [97, 999999]}")
                        .expectStatus()
                        .isBadRequest()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(answer)).at("/error/message").asString())
                .isEqualTo(
                        "'prompt[1]' is 999999, which is out of vocabulary: token ids go from 0 to 263.");
    }

    @Test
    void allWrongKeysOfABiasAreNamed() {
        var answer =
                post(
                                TEXT,
                                "{\"prompt\": \"a\", \"logit_bias\": {\"bad1\": 1, \"5\": 1, \"264\": 2}}")
                        .expectStatus()
                        .isBadRequest()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(answer)).at("/error/message").asString())
                .contains("264 tokens, from 0 to 263")
                .endsWith("but has the keys 'bad1', '264'.");
    }
}

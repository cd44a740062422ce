package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.ChatCompletionsTest.chat;
import static org.dlora.api.openai.Events.entry;
import static org.dlora.api.openai.Events.logprobs;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Token;
import org.junit.jupiter.api.Test;

/** vLLM's {@code allowed_token_ids} and {@code logprob_token_ids}. */
class NamedTokensTest extends ApiTest {
    private static final String CHATS = "/v1/chat/completions";
    private static final String TEXTS = "/v1/completions";
    private static final String NAMED =
            ", \"logprob_token_ids\": [66, 67], \"return_tokens_as_token_ids\": true";

    private String refusal(String path, String body) {
        var answer =
                post(path, body)
                        .expectStatus()
                        .isBadRequest()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return json(String.valueOf(answer)).at("/error/message").asString();
    }

    private void sayA() {
        engine.answer(
                new Token(
                        'A',
                        "A",
                        logprobs('A', -1, entry('A', -1), entry('B', -2), entry('C', -3)),
                        true),
                Events.finished(FinishReason.LENGTH, 1, 1));
    }

    @Test
    void theEngineGetsTheAllowedTokens() {
        sayA();
        ask(CHATS, chat("demo", ", \"allowed_token_ids\": [65, 66, 65]"));
        assertThat(engine.submitted.getLast().sampling().allowedTokens())
                .containsExactlyInAnyOrder(65, 66);
        ask(TEXTS, "{\"model\": \"demo\", \"prompt\": \"a\", \"allowed_token_ids\": null}");
        assertThat(engine.submitted.getLast().sampling().allowedTokens()).isEmpty();
    }

    @Test
    void everyChoiceHasTheAllowedTokens() {
        sayA();
        ask(CHATS, chat("demo", ", \"allowed_token_ids\": [65], \"n\": 3, \"seed\": 4"));
        assertThat(engine.submitted)
                .hasSize(3)
                .allMatch(one -> one.sampling().allowedTokens().equals(Set.of(65)));
        assertThat(engine.submitted.stream().map(one -> one.sampling().seed().orElseThrow()))
                .containsExactly(4L, 5L, 6L);
    }

    /**
     * The queue holds the sets once, and stop strings are compiled before a replica gets the call.
     */
    @Test
    void choicesShareWhatTheirCallNames() {
        sayA();
        ask(
                CHATS,
                chat(
                        "demo",
                        ", \"n\": 3, \"seed\": 4, \"stop\": [\"x\", \"yz\"], \"stop_token_ids\": [7],"
                                + " \"allowed_token_ids\": [65], \"logit_bias\": {\"65\": 1}"));
        var first = engine.submitted.getFirst();
        assertThat(engine.submitted)
                .hasSize(3)
                .allSatisfy(one -> {
                    assertThat(one.prompt()).isSameAs(first.prompt());
                    assertThat(one.stop().stopStrings()).isSameAs(first.stop().stopStrings());
                    assertThat(one.stop().stopTokens()).isSameAs(first.stop().stopTokens());
                    assertThat(one.sampling().allowedTokens())
                            .isSameAs(first.sampling().allowedTokens());
                    assertThat(one.sampling().logitBias()).isSameAs(first.sampling().logitBias());
                });
    }

    @Test
    void namedTokensAreShownWithTheChosenOne() {
        sayA();
        var answer = ask(CHATS, chat("demo", NAMED + ", \"logprobs\": true, \"top_logprobs\": 1"));
        assertThat(engine.submitted.getLast().logprobTokens()).containsExactly(66, 67);
        assertThat(
                        answer.at("/choices/0/logprobs/content/0/top_logprobs")
                                .valueStream()
                                .map(one -> one.get("token").asString()))
                .containsExactly("token_id:65", "token_id:66", "token_id:67");
    }

    @Test
    void textCompletionsShowAllNamedTokens() {
        sayA();
        var body = "{\"model\": \"demo\", \"prompt\": \"a\", \"logprobs\": 1" + NAMED + "%s}";
        var expected = "[{\"token_id:65\":-1.0,\"token_id:66\":-2.0,\"token_id:67\":-3.0}]";
        assertThat(ask(TEXTS, body.formatted("")).at("/choices/0/logprobs/top_logprobs").toString())
                .isEqualTo(expected);
        var chunks = stream(TEXTS, body.formatted(", \"stream\": true"));
        assertThat(chunks.getFirst().at("/choices/0/logprobs/top_logprobs").toString())
                .isEqualTo(expected);
    }

    @Test
    void unknownTokensAreRefused() {
        int vocabulary = base.spec().vocabSize();
        assertThat(
                        refusal(
                                CHATS,
                                chat(
                                        "demo",
                                        ", \"allowed_token_ids\": [1, %d]".formatted(vocabulary))))
                .isEqualTo(
                        "'allowed_token_ids[1]' must be an integer from 0 to %d, but is %d."
                                .formatted(vocabulary - 1, vocabulary));
        assertThat(
                        refusal(
                                CHATS,
                                chat(
                                        "demo",
                                        ", \"logprobs\": true, \"logprob_token_ids\": [\"x\"]")))
                .startsWith("'logprob_token_ids[0]' must be an integer");
        assertThat(refusal(CHATS, chat("demo", ", \"allowed_token_ids\": 3")))
                .isEqualTo("'allowed_token_ids' must be an array, but is 3.");
        assertThat(refusal(CHATS, chat("demo", ", \"allowed_token_ids\": []")))
                .isEqualTo(
                        "'allowed_token_ids' must be an array of at least 1 token id, but is an array of 0.");
    }

    /** The bound is that of {@code top_logprobs}, as an answer's entries take memory. */
    @Test
    void namedTokensOfManyPlacesAreBounded() {
        var many =
                IntStream.range(0, 128).mapToObj(String::valueOf).collect(Collectors.joining(","));
        assertThat(
                        refusal(
                                CHATS,
                                chat(
                                        "demo",
                                        ", \"logprobs\": true, \"n\": 16, \"max_tokens\": 500, \"logprob_token_ids\": [%s]"
                                                .formatted(many))))
                .startsWith("The answer may have 1,032,000 log-probabilities");
    }

    @Test
    void namedTokensNeedLogprobs() {
        var message =
                "'logprob_token_ids' needs 'logprobs': true in a chat, a number in a text completion.";
        assertThat(refusal(CHATS, chat("demo", NAMED))).isEqualTo(message);
        assertThat(refusal(CHATS, chat("demo", NAMED + ", \"logprobs\": false")))
                .isEqualTo(message);
        assertThat(refusal(TEXTS, "{\"model\": \"demo\", \"prompt\": \"a\"" + NAMED + "}"))
                .isEqualTo(message);
        var many = List.copyOf(IntStream.range(0, 129).boxed().toList()).toString();
        assertThat(
                        refusal(
                                CHATS,
                                chat(
                                        "demo",
                                        ", \"logprobs\": true, \"logprob_token_ids\": " + many)))
                .isEqualTo(
                        "'logprob_token_ids' must be an array of at most 128 token ids, but is an array of 129.");
    }
}

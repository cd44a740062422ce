package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.ChatCompletionsTest.chat;
import static org.dlora.api.openai.Events.entry;
import static org.dlora.api.openai.Events.logprobs;

import org.dlora.api.openai.call.CallSettings;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings that give calls more than they ask for, or let them ask for more. */
class CallSettingsTest extends ApiTest {
    private static final String CHATS = "/v1/chat/completions";
    private static final String TEXTS = "/v1/completions";

    private void serve(CallSettings calls) {
        serve(base, base.generation(), calls);
    }

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

    @ParameterizedTest
    @ValueSource(strings = {"", ", \"stream_options\": {\"include_usage\": false}"})
    void everyChunkHasTokenCounts(String options) {
        serve(new CallSettings(true, true, false, false, 20, PrefixSharing.TEAM, true));
        engine.answer(request -> Events.saying("Hi", request.prompt().length));
        var chats = stream(CHATS, chat("demo", ", \"stream\": true" + options));
        assertThat(chats.stream().map(c -> c.at("/usage/completion_tokens").intValue()))
                .containsExactly(0, 1, 2, 3, 3, 3);
        assertThat(chats.getLast().get("choices")).isEmpty();
        var texts =
                stream(
                        TEXTS,
                        "{\"model\": \"demo\", \"prompt\": \"a\", \"stream\": true%s}"
                                .formatted(options));
        assertThat(texts).allMatch(chunk -> chunk.get("usage").isObject());
        assertThat(ask(CHATS, chat("demo", "")).get("usage").isObject()).isTrue();
    }

    @Test
    void logprobsNameTokensByIdUnlessTheRequestSaysOtherwise() {
        serve(new CallSettings(true, false, true, false, 20, PrefixSharing.TEAM, true));
        engine.answer(
                new Token('A', "A", logprobs('A', -1)), Events.finished(FinishReason.LENGTH, 1, 1));
        var more = ", \"logprobs\": true";
        assertThat(ask(CHATS, chat("demo", more)).at(FIRST).asString()).isEqualTo("token_id:65");
        assertThat(
                        ask(CHATS, chat("demo", more + ", \"return_tokens_as_token_ids\": false"))
                                .at(FIRST)
                                .asString())
                .isEqualTo("A");
    }

    private static final String FIRST = "/choices/0/logprobs/content/0/token";

    @Test
    void theWholeVocabularyMayBeAskedFor() {
        serve(new CallSettings(true, false, false, false, -1, PrefixSharing.TEAM, true));
        engine.answer(
                new Token('A', "A", logprobs('A', -1, entry('A', -1))),
                Events.finished(FinishReason.LENGTH, 1, 1));
        int vocabulary = base.spec().vocabSize();
        ask(CHATS, chat("demo", ", \"max_tokens\": 1, \"logprobs\": true, \"top_logprobs\": -1"));
        assertThat(engine.submitted.getLast().logprobs()).isEqualTo(vocabulary);
        var text = "{\"model\": \"demo\", \"prompt\": \"a\", \"logprobs\": %d}";
        ask(TEXTS, text.formatted(-1));
        assertThat(engine.submitted.getLast().logprobs()).isEqualTo(vocabulary);
        assertThat(refusal(TEXTS, text.formatted(vocabulary + 1)))
                .isEqualTo(
                        "'logprobs' must be an integer from 0 to %d, but is %d."
                                .formatted(vocabulary, vocabulary + 1));
    }

    @Test
    void aLongAnswerWithTheWholeVocabularyIsRefused() {
        serve(new CallSettings(true, false, false, false, -1, PrefixSharing.TEAM, true));
        var body = ", \"max_tokens\": 900, \"n\": 8, \"logprobs\": true, \"top_logprobs\": -1";
        assertThat(refusal(CHATS, chat("demo", body)))
                .startsWith("The answer may have ")
                .contains("give a smaller 'max_tokens'");
        assertThat(engine.submitted).isEmpty();
    }

    @Test
    void fewerAlternativesMayBeAllowed() {
        serve(new CallSettings(true, false, false, false, 3, PrefixSharing.TEAM, true));
        assertThat(refusal(CHATS, chat("demo", ", \"logprobs\": true, \"top_logprobs\": 4")))
                .isEqualTo("'top_logprobs' must be an integer from 0 to 3, but is 4.");
        assertThat(refusal(CHATS, chat("demo", ", \"logprobs\": true, \"top_logprobs\": -1")))
                .isEqualTo("'top_logprobs' must be an integer from 0 to 3, but is -1.");
    }

    @Test
    void answersTellTheirTimes() {
        serve(new CallSettings(true, false, false, true, 20, PrefixSharing.TEAM, true));
        engine.answer(request -> Events.saying("Hi", request.prompt().length));
        var metrics = ask(CHATS, chat("demo", "")).get("metrics");
        assertThat(metrics.propertyNames())
                .containsExactly(
                        "time_to_first_token_ms",
                        "generation_time_ms",
                        "queue_time_ms",
                        "mean_itl_ms",
                        "tokens_per_second");
        assertThat(metrics).allSatisfy(time -> assertThat(time.doubleValue()).isNotNegative());
        var chunks =
                stream(
                        TEXTS,
                        "{\"model\": \"demo\", \"prompt\": \"a\", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");
        assertThat(chunks.getLast().get("metrics").get("queue_time_ms").doubleValue())
                .isNotNegative();
        assertThat(chunks.subList(0, chunks.size() - 1)).noneMatch(c -> c.has("metrics"));
        assertThat(ask(CHATS, chat("demo", ", \"n\": 2")).has("metrics")).isFalse();
    }

    @Test
    void answersHaveNoExtrasWithoutSettings() {
        engine.answer(request -> Events.saying("Hi", request.prompt().length));
        assertThat(ask(CHATS, chat("demo", "")).has("metrics")).isFalse();
        assertThat(stream(CHATS, chat("demo", ", \"stream\": true")))
                .noneMatch(chunk -> chunk.has("usage"));
    }
}

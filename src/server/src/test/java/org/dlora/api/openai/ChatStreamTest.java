package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.ChatCompletionsTest.chat;
import static org.dlora.api.openai.Events.logprobs;

import java.util.List;
import java.util.stream.Collectors;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ChatStreamTest extends ApiTest {
    private static final String PATH = "/v1/chat/completions";

    @Test
    void aStreamIsTheRoleTheTextsInOrderTheFinishAndDone() {
        engine.answer(request -> Events.saying("Hello", request.prompt().length));
        var chunks = stream(PATH, chat("upper", ", \"stream\": true"));
        assertThat(chunks.stream().map(c -> c.get("choices").get(0).toString()))
                .containsExactly(
                        choice("{\"role\":\"assistant\",\"content\":\"\"}", null),
                        choice("{\"content\":\"H\"}", null),
                        choice("{\"content\":\"e\"}", null),
                        choice("{\"content\":\"l\"}", null),
                        choice("{\"content\":\"l\"}", null),
                        choice("{\"content\":\"o\"}", null),
                        choice("{}", "stop"));
        assertThat(chunks)
                .allSatisfy(chunk -> {
                    assertThat(chunk.propertyNames())
                            .containsExactly(
                                    "id",
                                    "object",
                                    "created",
                                    "model",
                                    "system_fingerprint",
                                    "choices");
                    assertThat(chunk.get("id")).isEqualTo(chunks.getFirst().get("id"));
                    assertThat(chunk.get("object").asString()).isEqualTo("chat.completion.chunk");
                    assertThat(chunk.get("model").asString()).isEqualTo("upper");
                });
    }

    @Test
    void usageComesLastIfAskedForAndIsNullBefore() {
        engine.answer(request -> Events.saying("Hi", request.prompt().length));
        var chunks =
                stream(
                        PATH,
                        chat(
                                "demo",
                                ", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allSatisfy(c -> assertThat(c.get("usage").isNull()).isTrue());
        assertThat(chunks.getLast().get("choices")).isEmpty();
        assertThat(chunks.getLast().get("usage"))
                .isEqualTo(
                        json(
                                "{\"prompt_tokens\": 21, \"completion_tokens\": 3, \"total_tokens\": 24, \"prompt_tokens_details\": {\"cached_tokens\": 0}}"));
    }

    @Test
    void continuousUsageCountsAlong() {
        engine.answer(request -> Events.saying("Hi", request.prompt().length));
        var chunks =
                stream(
                        PATH,
                        chat(
                                "demo",
                                ", \"stream\": true, \"stream_options\": {\"include_usage\": true, \"continuous_usage_stats\": true}"));
        assertThat(chunks.stream().map(c -> c.get("usage").get("completion_tokens").intValue()))
                .containsExactly(0, 1, 2, 3, 3, 3);
    }

    @Test
    void nChoicesHaveARoleAndAFinishEach() {
        engine.answer(request ->
                Events.saying(
                        request.id().substring(request.id().length() - 1),
                        request.prompt().length));
        var chunks = stream(PATH, chat("demo", ", \"stream\": true, \"n\": 3"));
        assertThat(
                        chunks.subList(0, 3).stream()
                                .map(c ->
                                        c.get("choices")
                                                .get(0)
                                                .get("delta")
                                                .get("role")
                                                .asString()))
                .containsOnly("assistant");
        for (int i = 0; i < 3; i++) {
            int index = i;
            var own =
                    chunks.stream()
                            .map(c -> c.get("choices").get(0))
                            .filter(c -> c.get("index").intValue() == index)
                            .toList();
            assertThat(
                            own.stream()
                                    .map(c -> c.get("delta").path("content").asString(""))
                                    .collect(Collectors.joining()))
                    .isEqualTo(String.valueOf(index));
            assertThat(own.getLast().get("finish_reason").asString()).isEqualTo("stop");
        }
    }

    @Test
    void tokensWithoutTextAreSilentAndHeldBackTextComesWithTheFinish() {
        engine.answer(
                new Token(0xC3, "", null),
                new Token(0xA9, "é", null),
                new Token('E', "", null),
                Events.finished(FinishReason.LENGTH, "E", null, 20, 0, 3));
        var chunks = stream(PATH, chat("demo", ", \"stream\": true"));
        assertThat(chunks.stream().map(c -> c.get("choices").get(0).toString()))
                .containsExactly(
                        choice("{\"role\":\"assistant\",\"content\":\"\"}", null),
                        choice("{\"content\":\"é\"}", null),
                        choice("{\"content\":\"E\"}", "length"));
    }

    @Test
    void theFinishComesWithTheLastToken() {
        engine.answer(
                new Token('a', "a", logprobs('a', -1)),
                new Token('b', "b", logprobs('b', -2), true),
                Events.finished(FinishReason.LENGTH, "c", null, 20, 0, 2));
        var body =
                ", \"stream\": true, \"return_token_ids\": true, \"logprobs\": true, \"stream_options\": {\"include_usage\": true, \"continuous_usage_stats\": true}";
        var chunks = stream(PATH, chat("demo", body));
        assertThat(chunks).hasSize(4);
        var last = chunks.get(2).get("choices").get(0);
        assertThat(last.get("delta").toString()).isEqualTo("{\"content\":\"bc\"}");
        assertThat(last.get("finish_reason").asString()).isEqualTo("length");
        assertThat(last.get("token_ids").toString()).isEqualTo("[98]");
        assertThat(last.at("/logprobs/content/0/logprob").doubleValue()).isEqualTo(-2);
        assertThat(chunks.stream().map(c -> c.at("/usage/completion_tokens").intValue()))
                .containsExactly(0, 1, 2, 2);
    }

    @Test
    void anEndWithoutTextHasAnEmptyDelta() {
        engine.answer(
                new Token('a', "a", null),
                new Token(258, "", null, true),
                Events.finished(FinishReason.STOP, 20, 2));
        var chunks = stream(PATH, chat("demo", ", \"stream\": true"));
        assertThat(chunks.stream().map(c -> c.get("choices").get(0).toString()))
                .containsExactly(
                        choice("{\"role\":\"assistant\",\"content\":\"\"}", null),
                        choice("{\"content\":\"a\"}", null),
                        choice("{}", "stop"));
    }

    @Test
    void logprobsAndTokenIdsComeWithEveryToken() {
        engine.answer(
                new Token(0xC3, "", logprobs(0xC3, -1)),
                new Token(0xA9, "é", logprobs(0xA9, -2)),
                Events.finished(FinishReason.STOP, "", "x", 20, 0, 2));
        var chunks =
                stream(
                        PATH,
                        chat(
                                "demo",
                                ", \"stream\": true, \"logprobs\": true, \"return_token_ids\": true"));
        assertThat(chunks.getFirst().get("prompt_token_ids")).hasSize(21);
        assertThat(chunks.stream().skip(1)).noneMatch(c -> c.has("prompt_token_ids"));
        var choices = chunks.stream().skip(1).map(c -> c.get("choices").get(0)).toList();
        assertThat(choices.stream().map(c -> c.get("token_ids").toString()))
                .containsExactly("[195]", "[169]", "[]");
        assertThat(
                        choices.stream()
                                .limit(2)
                                .map(c ->
                                        c.get("logprobs")
                                                .get("content")
                                                .get(0)
                                                .get("logprob")
                                                .floatValue()))
                .containsExactly(-1f, -2f);
        assertThat(choices.getLast().get("stop_reason").asString()).isEqualTo("x");
    }

    @Test
    void aFailureInMidStreamIsAnErrorEventThenDone() {
        engine.answer(
                Events.token('a'), new Failed(FailureCode.REPLICA_FAULT, "The engine stopped."));
        var chunks = stream(PATH, chat("demo", ", \"stream\": true"));
        assertThat(chunks).hasSize(3);
        assertThat(chunks.getLast().get("error").get("message").asString())
                .isEqualTo("The engine stopped.");
        assertThat(chunks.getLast().get("error").get("type").asString()).isEqualTo("server_error");
    }

    @Test
    void aStreamThatTheServerCutsOffDoesNotLookFinished() {
        engine.answer(Events.token('a'), Events.finished(FinishReason.CANCELLED, 20, 1));
        var chunks = stream(PATH, chat("demo", ", \"stream\": true"));
        assertThat(chunks.getLast().get("error").get("message").asString())
                .contains("before its answer was complete");
        assertThat(finishes(chunks)).isEmpty();
    }

    private static List<JsonNode> finishes(List<JsonNode> chunks) {
        return chunks.stream()
                .filter(c -> c.has("choices"))
                .map(c -> c.get("choices").get(0).get("finish_reason"))
                .filter(reason -> !reason.isNull())
                .toList();
    }

    private static String choice(String delta, @Nullable String finish) {
        return "{\"index\":0,\"delta\":"
                + delta
                + ",\"logprobs\":null,\"finish_reason\":"
                + (finish == null ? "null" : "\"" + finish + "\"")
                + "}";
    }
}

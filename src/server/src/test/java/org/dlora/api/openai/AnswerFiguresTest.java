package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.ChatCompletionsTest.chat;
import static org.dlora.api.openai.Events.entry;
import static org.dlora.api.openai.Events.logprobs;

import java.util.stream.IntStream;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.TinyAdapter;
import org.dlora.replica.Ends;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;

/** Numbers and limits of answers at their edges. */
class AnswerFiguresTest extends ApiTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String TEXT = "/v1/completions";

    @Test
    void promptAndAnswerMayFillTheContext() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        var body = "{\"model\": \"demo\", \"prompt\": \"%s\"%s}";
        ask(TEXT, body.formatted("x".repeat(1000), ", \"max_tokens\": 24"));
        ask(TEXT, body.formatted("x".repeat(1023), ""));
        ask(TEXT, body.formatted("x".repeat(1000), ", \"min_tokens\": 16"));
        assertThat(engine.submitted)
                .extracting(request -> request.stop().maxTokens())
                .containsExactly(24, 1, 16);
    }

    @Test
    void minTokensAreAtMostTheDefaultLength() {
        var error =
                refused(TEXT, "{\"model\": \"demo\", \"prompt\": \"x\", \"min_tokens\": 17}", 400);
        assertThat(error.get("param").asString()).isEqualTo("min_tokens");
        assertThat(error.get("message").asString())
                .startsWith(
                        "'min_tokens' is 17, but without 'max_tokens' the answer can have at most 16");
    }

    @Test
    void aLengthOfAnAnswerThatOverflowsIsNamed() {
        var error =
                refused(
                        TEXT,
                        "{\"model\": \"demo\", \"prompt\": \"xy\", \"max_tokens\": 2147483647}",
                        400);
        assertThat(error.get("message").asString())
                .contains("you asked for 2147483649 (2 in the prompt, 2147483647 for the answer)");
    }

    /** Choice i of n draws with seed + i; a second prompt's choices have the same seeds. */
    @Test
    void seedsCountTheChoicesOfEachPrompt() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(TEXT, "{\"model\": \"demo\", \"prompt\": [\"a\", \"b\"], \"n\": 2, \"seed\": -1}");
        assertThat(engine.submitted)
                .extracting(request -> request.sampling().seed().orElseThrow())
                .containsExactly(-1L, 0L, -1L, 0L);
    }

    @Test
    void impossibleTokensHaveTheLowestNumberThatJsonKnows() {
        engine.answer(
                new Token(
                        'A',
                        "A",
                        logprobs('A', Float.NEGATIVE_INFINITY, entry('B', -1e30f), entry('C', 0))),
                Events.finished(FinishReason.LENGTH, 1, 1));
        var answer = ask(TEXT, "{\"model\": \"demo\", \"prompt\": \"x\", \"logprobs\": 2}");
        assertThat(answer.at("/choices/0/logprobs/token_logprobs").toString())
                .isEqualTo("[-9999.0]");
        assertThat(answer.at("/choices/0/logprobs/top_logprobs").toString())
                .isEqualTo("[{\"A\":-9999.0,\"B\":-9999.0,\"C\":0.0}]");
    }

    /** Offsets count characters, as OpenAI's do; this one has two UTF-16 units. */
    @Test
    void offsetsCountCharactersOutsideTheBasicPlaneOnce() {
        var smile = "\uD83D\uDE00";
        engine.answer(
                new Prompt(
                        IntStream.of(0x9F, 0x98, 0x80, 'b')
                                .mapToObj(token -> logprobs(token, -1))
                                .toList()),
                new Token('c', "c", logprobs('c', -1)),
                Events.finished(FinishReason.LENGTH, 5, 1));
        var answer =
                ask(
                        TEXT,
                        "{\"model\": \"demo\", \"prompt\": \""
                                + smile
                                + "b\", \"logprobs\": 0, \"echo\": true}");
        assertThat(answer.at("/choices/0/text").asString()).isEqualTo(smile + "bc");
        var offsets = answer.at("/choices/0/logprobs/text_offset");
        assertThat(offsets.get(4).intValue()).as("of b").isEqualTo(1);
        assertThat(offsets.get(5).intValue()).as("of c").isEqualTo(2);
    }

    @Test
    void aWholeAnswerThatTheServerCutsOffIsAnError() {
        engine.answer(Events.token('a'), Events.finished(FinishReason.CANCELLED, 20, 1));
        for (var path : new String[] {CHAT, TEXT}) {
            var body =
                    path.equals(CHAT)
                            ? chat("demo", "")
                            : "{\"model\": \"demo\", \"prompt\": \"x\"}";
            assertThat(refused(path, body, 503).get("message").asString())
                    .contains("before its answer was complete");
        }
    }

    /** OpenAI: with a stop token the finish reason is "stop"; vLLM names the token beside it. */
    @Test
    void streamsNameTheStopToken() {
        engine.answer(Events.token('a'), Ends.finished(FinishReason.STOP, "", 66, 1, 0, 2));
        var last =
                stream(TEXT, "{\"model\": \"demo\", \"prompt\": \"x\", \"stream\": true}")
                        .getLast()
                        .at("/choices/0");
        assertThat(last.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(last.get("stop_reason").intValue()).isEqualTo(66);
    }

    @Test
    void continuousUsageOfTextCountsEachPromptsOwnTokens() {
        engine.answer(request -> Events.saying("x", request.prompt().length));
        var chunks =
                stream(
                        TEXT,
                        "{\"model\": \"demo\", \"prompt\": [\"a\", \"bcd\"], \"stream\": true, \"stream_options\": {\"include_usage\": true, \"continuous_usage_stats\": true}}");
        for (var chunk : chunks.subList(0, chunks.size() - 1)) {
            int prompt = chunk.at("/choices/0/index").intValue() == 0 ? 1 : 3;
            assertThat(chunk.at("/usage/prompt_tokens").intValue()).isEqualTo(prompt);
        }
        assertThat(chunks.getLast().at("/usage/prompt_tokens").intValue()).isEqualTo(4);
        assertThat(chunks.getLast().at("/usage/completion_tokens").intValue()).isEqualTo(4);
    }

    /** {@code continuous_usage_stats} is part of {@code include_usage} (vLLM). */
    @Test
    void continuousUsageAloneAsksForNone() {
        engine.answer(request -> Events.saying("x", request.prompt().length));
        assertThat(
                        stream(
                                TEXT,
                                "{\"model\": \"demo\", \"prompt\": \"a\", \"stream\": true, \"stream_options\": {\"continuous_usage_stats\": true}}"))
                .noneMatch(chunk -> chunk.has("usage"));
    }

    @Test
    void ofManyAdaptersTenAreNamed() {
        serveAdapters(10);
        assertThat(refused(CHAT, chat("x", ""), 404).get("message").asString())
                .endsWith("adapters a0, a1, a2, a3, a4, a5, a6, a7, a8, a9.");
        serveAdapters(11);
        assertThat(refused(CHAT, chat("x", ""), 404).get("message").asString())
                .endsWith("a8, a9, … (GET /v1/models lists all).");
        serveAdapters(0);
        assertThat(refused(CHAT, chat("x", ""), 404).get("message").asString())
                .isEqualTo("The model 'x' does not exist. Served is 'demo'.");
    }

    private void serveAdapters(int number) {
        var adapters =
                IntStream.range(0, number)
                        .mapToObj(i -> TinyAdapter.served("a" + i + "#1", "a" + i))
                        .toList();
        var models = new ServedModels(base, 1024, new Catalogue("demo", adapters), NOW);
        new ServedBuilder(models, engine).begin(serving, administration);
    }

    private JsonNode refused(String path, String body, int status) {
        var answer =
                post(path, body)
                        .expectStatus()
                        .isEqualTo(HttpStatus.valueOf(status))
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return json(String.valueOf(answer)).get("error");
    }
}

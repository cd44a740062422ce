package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.Events.entry;
import static org.dlora.api.openai.Events.logprobs;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CompletionsTest extends ApiTest {
    private static final String PATH = "/v1/completions";

    @Test
    void anAnswerHasOpenAisShapeAndAtMost16Tokens() {
        engine.answer(request -> Events.saying("lo", request.prompt().length));
        var answer = ask(PATH, "{\"model\": \"upper\", \"prompt\": \"Hel\"}");
        assertThat(answer.get("id").asString()).matches("cmpl-[0-9a-f]{32}");
        assertThat(without(answer, "id"))
                .isEqualTo(
                        json(
                                """
                                {"object": "text_completion", "created": 1767323045, "model": "upper", "system_fingerprint": "fp_0123456789abcdef",
                                 "choices": [{"index": 0, "text": "lo", "logprobs": null, "finish_reason": "stop", "stop_reason": null,
                                              "prompt_logprobs": null, "token_ids": null, "prompt_token_ids": null}],
                                 "usage": {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6,
                                           "prompt_tokens_details": {"cached_tokens": 0}}}
                                """));
        assertThat(engine.submitted.getFirst().stop().maxTokens()).isEqualTo(16);
    }

    @Test
    void aRequestMayRefuseMergedWeights() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(PATH, "{\"model\": \"upper\", \"prompt\": \"x\", \"dlora_exact\": true}");
        ask(PATH, "{\"model\": \"upper\", \"prompt\": \"x\"}");
        assertThat(engine.submitted)
                .extracting(GenerationRequest::exact)
                .containsExactly(true, false);
    }

    @Test
    void theDefaultLengthShrinksToTheContext() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(PATH, "{\"model\": \"demo\", \"prompt\": \"" + "x".repeat(1020) + "\"}");
        assertThat(engine.submitted.getFirst().stop().maxTokens()).isEqualTo(4);
    }

    @Test
    void promptsAreTextsOrTokensOneOrMany() {
        engine.answer(CompletionsTest::repeat);
        assertThat(texts(ask(PATH, "{\"model\": \"demo\", \"prompt\": \"ab\"}")))
                .containsExactly("ab");
        assertThat(texts(ask(PATH, "{\"model\": \"demo\", \"prompt\": [\"ab\", \"c\"]}")))
                .containsExactly("ab", "c");
        assertThat(texts(ask(PATH, "{\"model\": \"demo\", \"prompt\": [97, 98]}")))
                .containsExactly("ab");
        var answer =
                ask(PATH, "{\"model\": \"demo\", \"prompt\": [[97, 98], [99], \"d\"], \"n\": 2}");
        assertThat(texts(answer)).containsExactly("ab", "ab", "c", "c", "d", "d");
        assertThat(answer.get("choices").valueStream().map(c -> c.get("index").intValue()))
                .containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(answer.get("usage"))
                .isEqualTo(
                        json(
                                "{\"prompt_tokens\": 4, \"completion_tokens\": 14, \"total_tokens\": 18, \"prompt_tokens_details\": {\"cached_tokens\": 0}}"));
    }

    @Test
    void cachedTokensOfSeveralPromptsAreAddedUp() {
        engine.answer(Events.finished(FinishReason.LENGTH, "", null, 40, 32, 1));
        var body = "{\"model\": \"demo\", \"prompt\": [\"ab\", \"c\"], \"n\": 3";
        assertThat(
                        ask(PATH, body + "}")
                                .at("/usage/prompt_tokens_details/cached_tokens")
                                .intValue())
                .isEqualTo(64);
        var chunks =
                stream(
                        PATH,
                        body
                                + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");
        assertThat(chunks.getLast().at("/usage/prompt_tokens_details/cached_tokens").intValue())
                .isEqualTo(64);
    }

    @Test
    void echoPutsThePromptFirst() {
        engine.answer(CompletionsTest::repeat);
        assertThat(
                        texts(
                                ask(
                                        PATH,
                                        "{\"model\": \"demo\", \"prompt\": [\"ab\", \"c\"], \"echo\": true, \"best_of\": 1}")))
                .containsExactly("abab", "cc");
        assertThat(
                        texts(
                                ask(
                                        PATH,
                                        "{\"model\": \"demo\", \"prompt\": [257, 97], \"echo\": true, \"max_tokens\": 2}")))
                .containsExactly("<|im_start|>a<|im_start|>a");
        var streamed =
                stream(
                        PATH,
                        "{\"model\": \"demo\", \"prompt\": \"ab\", \"echo\": true, \"stream\": true}");
        assertThat(streamed.stream().map(c -> c.get("choices").get(0).get("text").asString()))
                .containsExactly("ab", "a", "b", "");
    }

    @Test
    void logprobsAreParallelLists() {
        engine.answer(
                new Token('A', "A", logprobs('A', -0.5f, entry('B', -0.25f), entry('A', -0.5f))),
                new Token(258, "", logprobs(258, -2f, entry('C', -1f))),
                Events.finished(FinishReason.STOP, 1, 2));
        var answer = ask(PATH, "{\"model\": \"demo\", \"prompt\": \"x\", \"logprobs\": 2}");
        assertThat(engine.submitted.getFirst().logprobs()).isEqualTo(2);
        assertThat(answer.get("choices").get(0).get("logprobs").toString())
                .isEqualTo(
                        "{\"tokens\":[\"A\",\"<|im_end|>\"],\"token_logprobs\":[-0.5,-2.0],"
                                + "\"top_logprobs\":[{\"A\":-0.5,\"B\":-0.25},{\"<|im_end|>\":-2.0,\"C\":-1.0}],\"text_offset\":[0,1]}");
    }

    @Test
    void echoWithLogprobsScoresThePrompt() {
        engine.answer(
                new Prompt(List.of(logprobs('b', -1f, entry('b', -1f)))),
                new Token('c', "c", logprobs('c', -2f)),
                Events.finished(FinishReason.LENGTH, 2, 1));
        var body =
                "{\"model\": \"demo\", \"prompt\": \"ab\", \"echo\": true, \"logprobs\": 1, \"max_tokens\": 1%s}";
        var expected =
                "{\"tokens\":[\"a\",\"b\",\"c\"],\"token_logprobs\":[null,-1.0,-2.0],"
                        + "\"top_logprobs\":[null,{\"b\":-1.0},{\"c\":-2.0}],\"text_offset\":[0,1,2]}";
        assertThat(ask(PATH, body.formatted("")).get("choices").get(0).get("logprobs").toString())
                .isEqualTo(expected);
        assertThat(engine.submitted.getFirst().promptLogprobs()).isEqualTo(1);
        var chunks = stream(PATH, body.formatted(", \"stream\": true"));
        assertThat(chunks.stream().map(c -> c.get("choices").get(0).get("logprobs").toString()))
                .containsExactly(
                        "{\"tokens\":[\"a\",\"b\"],\"token_logprobs\":[null,-1.0],\"top_logprobs\":[null,{\"b\":-1.0}],\"text_offset\":[0,1]}",
                        "{\"tokens\":[\"c\"],\"token_logprobs\":[-2.0],\"top_logprobs\":[{\"c\":-2.0}],\"text_offset\":[2]}",
                        "null");
    }

    @Test
    void theFinishComesWithTheLastToken() {
        engine.answer(
                new Token('a', "a", logprobs('a', -1f)),
                new Token('b', "b", logprobs('b', -2f), true),
                Events.finished(FinishReason.LENGTH, "c", null, 1, 0, 2));
        var chunks =
                stream(
                        PATH,
                        "{\"model\": \"demo\", \"prompt\": \"x\", \"stream\": true, \"logprobs\": 0, \"return_token_ids\": true}");
        assertThat(chunks).hasSize(3); // The first one has the ids of the prompt.
        var last = chunks.getLast().get("choices").get(0);
        assertThat(last.get("text").asString()).isEqualTo("bc");
        assertThat(last.get("finish_reason").asString()).isEqualTo("length");
        assertThat(last.get("token_ids").toString()).isEqualTo("[98]");
        assertThat(last.at("/logprobs/token_logprobs").toString()).isEqualTo("[-2.0]");
    }

    @Test
    void noNewTokensAndEchoIsThePromptAlone() {
        engine.answer(
                new Prompt(List.of(logprobs('b', -1f))),
                new Token('c', "c", logprobs('c', -2f)),
                Events.finished(FinishReason.LENGTH, 2, 1));
        var body =
                "{\"model\": \"demo\", \"prompt\": \"ab\", \"echo\": true, \"logprobs\": 0, \"max_tokens\": 0%s}";
        var answer = ask(PATH, body.formatted(""));
        assertThat(texts(answer)).containsExactly("ab");
        assertThat(answer.get("choices").get(0).get("logprobs").get("token_logprobs").toString())
                .isEqualTo("[null,-1.0]");
        assertThat(answer.get("choices").get(0).get("finish_reason").asString())
                .isEqualTo("length");
        assertThat(answer.get("usage").get("completion_tokens").intValue()).isZero();
        var chunks = stream(PATH, body.formatted(", \"stream\": true"));
        assertThat(chunks.stream().map(c -> c.get("choices").get(0).get("text").asString()))
                .containsExactly("ab", "");
    }

    @Test
    void aStreamHasTheTextsTheFinishAndTheUsage() {
        engine.answer(CompletionsTest::repeat);
        var chunks =
                stream(
                        PATH,
                        "{\"model\": \"demo\", \"prompt\": \"ab\", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");
        assertThat(
                        chunks.stream()
                                .limit(3)
                                .map(c -> without(c.get("choices").get(0), "index").toString()))
                .containsExactly(
                        "{\"text\":\"a\",\"logprobs\":null,\"finish_reason\":null,\"stop_reason\":null}",
                        "{\"text\":\"b\",\"logprobs\":null,\"finish_reason\":null,\"stop_reason\":null}",
                        "{\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"stop\",\"stop_reason\":null}");
        assertThat(chunks.getLast().get("usage").get("total_tokens").intValue()).isEqualTo(5);
        assertThat(chunks.getLast().get("choices")).isEmpty();
    }

    @Test
    void tokenIdsAreInTheChoicesWholeAndStreamed() {
        engine.answer(CompletionsTest::repeat);
        var body =
                "{\"model\": \"demo\", \"prompt\": [\"a\", \"b\"], \"return_token_ids\": true%s}";
        var whole = ask(PATH, body.formatted("")).get("choices");
        assertThat(whole.get(1).get("token_ids").toString()).isEqualTo("[98,258]");
        assertThat(whole.get(1).get("prompt_token_ids").toString()).isEqualTo("[98]");
        var own =
                stream(PATH, body.formatted(", \"stream\": true")).stream()
                        .map(c -> c.get("choices").get(0))
                        .filter(c -> c.get("index").intValue() == 1)
                        .toList();
        assertThat(own.getFirst().get("prompt_token_ids").toString()).isEqualTo("[98]");
        assertThat(own.stream().skip(1)).noneMatch(c -> c.has("prompt_token_ids"));
        assertThat(
                        own.stream()
                                .flatMap(c -> c.get("token_ids").valueStream())
                                .map(JsonNode::intValue)
                                .collect(Collectors.toList()))
                .containsExactly(98, 258);
    }

    private static List<GenerationEvent> repeat(GenerationRequest request) {
        var events = new ArrayList<GenerationEvent>();
        for (int token : request.prompt()) {
            events.add(
                    new Token(
                            token,
                            token == 257 ? "<|im_start|>" : String.valueOf((char) token),
                            null));
        }
        events.add(new Token(258, "", null));
        events.add(
                Events.finished(
                        FinishReason.STOP, request.prompt().length, request.prompt().length + 1));
        return events;
    }

    private static List<String> texts(JsonNode answer) {
        return answer.get("choices").valueStream().map(c -> c.get("text").asString()).toList();
    }
}

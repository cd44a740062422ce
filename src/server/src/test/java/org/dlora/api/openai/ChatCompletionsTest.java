package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.Events.entry;
import static org.dlora.api.openai.Events.logprobs;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.dlora.model.GenerationDefaults;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;

public class ChatCompletionsTest extends ApiTest {
    private static final String PATH = "/v1/chat/completions";
    private static final String PROMPT = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";

    @Test
    void anAnswerHasOpenAisShape() {
        engine.answer(request -> Events.saying("Hello", request.prompt().length));
        var answer = ask(PATH, chat("rot13", ""));
        assertThat(answer.get("id").asString()).matches("chatcmpl-[0-9a-f]{32}");
        assertThat(without(answer, "id"))
                .isEqualTo(
                        json(
                                """
                                {"object": "chat.completion", "created": 1767323045, "model": "rot13", "system_fingerprint": "fp_0123456789abcdef",
                                 "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello", "refusal": null},
                                              "logprobs": null, "finish_reason": "stop", "stop_reason": null, "token_ids": null}],
                                 "prompt_logprobs": null, "prompt_token_ids": null,
                                 "usage": {"prompt_tokens": 21, "completion_tokens": 6, "total_tokens": 27,
                                           "prompt_tokens_details": {"cached_tokens": 0}}}
                                """));
    }

    @Test
    void theEngineGetsTheRenderedPromptTheAdapterAndTheRestOfTheContext() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(PATH, chat("rot13", ""));
        var request = engine.submitted.getFirst();
        assertThat(base.tokenizer().decode(request.prompt(), false)).isEqualTo(PROMPT);
        assertThat(request.adapter()).isEqualTo(AdapterRef.of("rot13"));
        assertThat(request.stop().maxTokens()).isEqualTo(1024 - request.prompt().length);
        ask(PATH, chat("demo", ""));
        assertThat(engine.submitted.get(1).adapter()).isEqualTo(AdapterRef.base());
    }

    @Test
    void everySamplingParameterReachesTheEngine() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(
                PATH,
                chat(
                        "demo",
                        """
                        , "temperature": 0.5, "top_p": 0.9, "top_k": -1, "min_p": 0.1, "presence_penalty": 1, "frequency_penalty": -1,
                        "repetition_penalty": 1.2, "logit_bias": {"65": -100}, "seed": 7, "max_tokens": 9, "max_completion_tokens": 8, "min_tokens": 2,
                        "ignore_eos": true, "stop": ["x", "yz"], "stop_token_ids": [66], "include_stop_str_in_output": true,
                        "skip_special_tokens": false
                        """));
        var request = engine.submitted.getFirst();
        var sampling = request.sampling();
        assertThat(
                        List.of(
                                sampling.temperature(),
                                sampling.topP(),
                                sampling.minP(),
                                sampling.presencePenalty(),
                                sampling.frequencyPenalty(),
                                sampling.repetitionPenalty()))
                .containsExactly(0.5, 0.9, 0.1, 1.0, -1.0, 1.2);
        assertThat(sampling.topK()).isZero();
        assertThat(sampling.logitBias()).isEqualTo(Map.of(65, -100.0));
        assertThat(sampling.seed()).hasValue(7);
        var stop = request.stop();
        assertThat(stop.maxTokens()).isEqualTo(8);
        assertThat(stop.minTokens()).isEqualTo(2);
        assertThat(stop.ignoreEos()).isTrue();
        assertThat(stop.includeStop()).isTrue();
        assertThat(stop.stopStrings()).containsExactly("x", "yz");
        assertThat(stop.stopTokens()).containsExactly(66);
        assertThat(request.skipSpecialTokens()).isFalse();
    }

    @Test
    void theModelsSamplingDefaultsHoldUnlessTheRequestSaysOtherwise() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(PATH, chat("demo", ""));
        serve(
                base,
                new GenerationDefaults(
                        Set.of(258),
                        OptionalDouble.of(0.6),
                        OptionalDouble.of(0.95),
                        OptionalInt.of(20),
                        OptionalDouble.empty(),
                        OptionalDouble.of(1.1)));
        ask(PATH, chat("demo", ", \"top_k\": 5"));
        var plain = engine.submitted.get(0).sampling();
        assertThat(plain.temperature()).isEqualTo(1);
        assertThat(plain.topP()).isEqualTo(1);
        var defaults = engine.submitted.get(1).sampling();
        assertThat(defaults.temperature()).isEqualTo(0.6);
        assertThat(defaults.topP()).isEqualTo(0.95);
        assertThat(defaults.topK()).isEqualTo(5);
        assertThat(defaults.repetitionPenalty()).isEqualTo(1.1);
    }

    @Test
    void nChoicesAreNSequencesWithSeedsThatFollowEachOther() {
        engine.answer(request ->
                Events.saying(
                        "seed " + request.sampling().seed().orElse(-1), request.prompt().length));
        var answer = ask(PATH, chat("demo", ", \"n\": 3, \"seed\": 40"));
        assertThat(contents(answer)).containsExactly("seed 40", "seed 41", "seed 42");
        assertThat(answer.get("usage").get("prompt_tokens").intValue()).isEqualTo(21);
        assertThat(answer.get("usage").get("completion_tokens").intValue()).isEqualTo(24);
        assertThat(engine.submitted.stream().map(GenerationRequest::id).distinct()).hasSize(3);
    }

    @Test
    void usageHasTheCachedPromptTokens() {
        engine.answer(
                new Token('a', "a", null), Events.finished(FinishReason.STOP, "", null, 21, 16, 1));
        for (var more : List.of("", ", \"n\": 2")) {
            assertThat(
                            ask(PATH, chat("demo", more))
                                    .at("/usage/prompt_tokens_details/cached_tokens")
                                    .intValue())
                    .isEqualTo(16);
        }
        var chunks =
                stream(
                        PATH,
                        chat(
                                "demo",
                                ", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        assertThat(chunks.getLast().at("/usage/prompt_tokens_details/cached_tokens").intValue())
                .isEqualTo(16);
    }

    @Test
    void textPartsAreJoinedByLineBreaks() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(
                PATH,
                """
                {"model": "demo", "add_generation_prompt": false, "messages": [{"role": "user", "content":
                  [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}
                """);
        assertThat(base.tokenizer().decode(engine.submitted.getFirst().prompt(), false))
                .isEqualTo("<|im_start|>user\na\nb<|im_end|>\n");
    }

    @Test
    void aStopStringAndAStopTokenAreNamed() {
        engine.answer(
                new Token('a', "a", null), Events.finished(FinishReason.STOP, "", "END", 20, 0, 4));
        assertThat(choice(ask(PATH, chat("demo", ""))).get("stop_reason").asString())
                .isEqualTo("END");
        engine.answer(Events.finished(FinishReason.STOP, "", 66, 20, 0, 1));
        assertThat(choice(ask(PATH, chat("demo", ""))).get("stop_reason").intValue()).isEqualTo(66);
        engine.answer(
                new Token('a', "", null),
                Events.finished(FinishReason.LENGTH, "a", null, 20, 0, 1));
        var choice = choice(ask(PATH, chat("demo", "")));
        assertThat(choice.get("finish_reason").asString()).isEqualTo("length");
        assertThat(choice.get("message").get("content").asString()).isEqualTo("a");
    }

    @Test
    void logprobsHaveTheTokensTheirBytesAndTheAlternatives() {
        engine.answer(
                new Token(
                        'A',
                        "A",
                        logprobs(
                                'A',
                                -0.25f,
                                entry('A', -0.25f),
                                entry(258, Float.NEGATIVE_INFINITY))),
                new Token(0xC3, "", logprobs(0xC3, -1.5f)),
                Events.finished(FinishReason.LENGTH, 20, 2));
        var answer =
                choice(ask(PATH, chat("demo", ", \"logprobs\": true, \"top_logprobs\": 2")))
                        .get("logprobs");
        assertThat(engine.submitted.getFirst().logprobs()).isEqualTo(2);
        assertThat(answer.toString())
                .isEqualTo(
                        json("""
                        {"content": [
                          {"token": "A", "logprob": -0.25, "bytes": [65], "top_logprobs": [
                            {"token": "A", "logprob": -0.25, "bytes": [65]},
                            {"token": "<|im_end|>", "logprob": -9999.0, "bytes": [60,124,105,109,95,101,110,100,124,62]}]},
                          {"token": "bytes:\\\\xc3", "logprob": -1.5, "bytes": [195], "top_logprobs": []}],
                         "refusal": null}
                        """)
                                .toString());
    }

    @Test
    void withoutLogprobsTheEngineIsNotAskedForThem() {
        engine.answer(request -> Events.saying("", request.prompt().length));
        ask(PATH, chat("demo", ""));
        ask(PATH, chat("demo", ", \"logprobs\": true"));
        assertThat(engine.submitted.stream().map(GenerationRequest::logprobs))
                .containsExactly(-1, 0);
        assertThat(engine.submitted.stream().map(GenerationRequest::promptLogprobs))
                .containsExactly(-1, -1);
    }

    @Test
    void tokenIdsAreWhereVllmHasThem() {
        engine.answer(request -> Events.saying("Hi", request.prompt().length));
        var answer = ask(PATH, chat("demo", ", \"return_token_ids\": true"));
        assertThat(answer.get("prompt_token_ids")).hasSize(21);
        assertThat(choice(answer).get("token_ids").toString()).isEqualTo("[72,105,258]");
    }

    @Test
    void aFailedSequenceIs500AndTheOthersAreCancelled() {
        engine.answer(request ->
                request.id().endsWith("-0")
                        ? List.of(new Failed(FailureCode.REPLICA_FAULT, "Out of memory."))
                        : List.of());
        var error =
                post(PATH, chat("demo", ", \"n\": 2"))
                        .expectStatus()
                        .isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(error)).get("error").get("message").asString())
                .isEqualTo("Out of memory.");
        assertThat(engine.cancelled).containsExactly(engine.submitted.get(1).id());
    }

    public static String chat(String model, String more) {
        return "{\"model\": \""
                + model
                + "\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]"
                + more
                + "}";
    }

    private static JsonNode choice(JsonNode answer) {
        return answer.get("choices").get(0);
    }

    private static List<String> contents(JsonNode answer) {
        return answer.get("choices")
                .valueStream()
                .map(c -> c.get("message").get("content").asString())
                .toList();
    }
}

package org.dlora.engine;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/** Requests for tests. */
final class Requests {
    private Requests() {}

    static GenerationRequest greedy(String id, int promptTokens, int maxTokens) {
        return of(id, null, promptTokens, StopConditions.after(maxTokens), SamplingParams.GREEDY);
    }

    static GenerationRequest of(
            String id,
            @Nullable String adapter,
            int promptTokens,
            StopConditions stop,
            SamplingParams sampling) {
        return new GenerationRequest(
                id,
                AdapterRef.ofNullable(adapter),
                prompt(new Random(id.hashCode()), promptTokens),
                sampling,
                stop,
                -1,
                -1,
                true);
    }

    /** The same, and never through merged weights. */
    static GenerationRequest exact(GenerationRequest request) {
        return with(request.id(), request, true);
    }

    /** The same, and its text continues the prompt's. */
    static GenerationRequest continuing(GenerationRequest request) {
        return new GenerationRequest(
                request.id(),
                request.adapter(),
                request.prompt(),
                request.sampling(),
                request.stop(),
                request.logprobs(),
                request.promptLogprobs(),
                request.skipSpecialTokens(),
                request.exact(),
                true);
    }

    /** The same, and with log-probabilities of its prompt. */
    static GenerationRequest withPromptLogprobs(GenerationRequest request) {
        return new GenerationRequest(
                request.id(),
                request.adapter(),
                request.prompt(),
                request.sampling(),
                request.stop(),
                request.logprobs(),
                2,
                request.skipSpecialTokens(),
                request.exact(),
                request.continuesPrompt());
    }

    /** The same with another id. */
    static GenerationRequest called(String id, GenerationRequest request) {
        return with(id, request, request.exact());
    }

    private static GenerationRequest with(String id, GenerationRequest request, boolean exact) {
        return new GenerationRequest(
                id,
                request.adapter(),
                request.prompt(),
                request.sampling(),
                request.stop(),
                request.logprobs(),
                request.promptLogprobs(),
                request.skipSpecialTokens(),
                exact,
                request.continuesPrompt());
    }

    /** Draws a request: adapter, sampling, stops, log-probabilities. */
    static GenerationRequest random(String id, Random random, int maxPrompt, int maxOutput) {
        var names = FakeModel.adapterNames();
        int adapter = random.nextInt(names.size() + 1);
        var stop =
                new StopConditions(
                        1 + random.nextInt(maxOutput),
                        random.nextInt(4) == 0 ? random.nextInt(6) : 0,
                        random.nextBoolean(),
                        random.nextInt(4) == 0 ? Set.of(7, 11) : Set.of(),
                        random.nextInt(3) == 0 ? List.of("abab", "bb ", "ca") : List.of(),
                        random.nextBoolean());
        return new GenerationRequest(
                id,
                adapter == names.size() ? AdapterRef.base() : AdapterRef.of(names.get(adapter)),
                sharing(random, 1 + random.nextInt(maxPrompt)),
                sampling(random),
                stop,
                random.nextInt(4) - 1,
                random.nextInt(4) == 0 ? 2 : -1,
                true);
    }

    private static SamplingParams sampling(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> SamplingParams.GREEDY;
            case 1 ->
                    new SamplingParams(
                            0.8,
                            0.9,
                            20,
                            0.01,
                            0,
                            0,
                            1,
                            Map.of(),
                            OptionalLong.of(random.nextLong()));
            default ->
                    new SamplingParams(
                            1,
                            1,
                            0,
                            0,
                            0.5,
                            0.3,
                            1.1,
                            Map.of(3, 1.5),
                            OptionalLong.of(random.nextLong()));
        };
    }

    /** Half of them begin as others do. */
    private static int[] sharing(Random random, int tokens) {
        var prompt = prompt(random, tokens);
        int alike = random.nextBoolean() ? random.nextInt(tokens + 1) : 0;
        for (int i = 0; i < alike; i++) {
            prompt[i] = i % 7;
        }
        return prompt;
    }

    private static int[] prompt(Random random, int tokens) {
        return random.ints(tokens, 0, FakeModel.VOCAB).toArray();
    }
}

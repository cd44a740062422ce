package org.dlora.replica;

import java.util.Map;
import java.util.OptionalLong;

/**
 * Sampling parameters of a request. They are applied in this order: logit bias, repetition penalty
 * (prompt and output, as transformers), frequency and presence penalty (output only, as OpenAI),
 * temperature, top-k, top-p, min-p. The reference in {@code sampling.jsonl} has the same order.
 *
 * @param temperature 0 = greedy
 * @param topP 1 = off
 * @param topK 0 = off
 * @param minP 0 = off
 * @param repetitionPenalty 1 = off
 * @param logitBias added to the logits by token id
 * @param seed determines the tokens of a request; drawn at submission if the client gives none
 */
public record SamplingParams(
        double temperature,
        double topP,
        int topK,
        double minP,
        double presencePenalty,
        double frequencyPenalty,
        double repetitionPenalty,
        Map<Integer, Double> logitBias,
        OptionalLong seed) {

    public static final SamplingParams GREEDY =
            new SamplingParams(0, 1, 0, 0, 0, 0, 1, Map.of(), OptionalLong.empty());

    public SamplingParams {
        logitBias = Map.copyOf(logitBias);
    }

    /** Returns whether the next token is the one with the largest raw logit. */
    public boolean isPlainGreedy() {
        return temperature == 0
                && logitBias.isEmpty()
                && repetitionPenalty == 1
                && frequencyPenalty == 0
                && presencePenalty == 0;
    }

    SamplingParams withSeed(long drawn) {
        return new SamplingParams(
                temperature,
                topP,
                topK,
                minP,
                presencePenalty,
                frequencyPenalty,
                repetitionPenalty,
                logitBias,
                OptionalLong.of(drawn));
    }
}

package org.dlora.replica.request;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

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
 * @param logitBias added to the logits by token id; a {@link TokenBias}
 * @param allowedTokens the only tokens that may come, ends included; empty = all. A {@link
 *     TokenIdSet}
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
        Set<Integer> allowedTokens,
        OptionalLong seed) {

    public static final SamplingParams GREEDY =
            new SamplingParams(0, 1, 0, 0, 0, 0, 1, Map.of(), OptionalLong.empty());

    public SamplingParams {
        logitBias = TokenBias.of(logitBias);
        allowedTokens = TokenIdSet.of(allowedTokens);
    }

    /** Creates parameters for which any token may come. */
    public SamplingParams(
            double temperature,
            double topP,
            int topK,
            double minP,
            double presencePenalty,
            double frequencyPenalty,
            double repetitionPenalty,
            Map<Integer, Double> logitBias,
            OptionalLong seed) {
        this(
                temperature,
                topP,
                topK,
                minP,
                presencePenalty,
                frequencyPenalty,
                repetitionPenalty,
                logitBias,
                Set.of(),
                seed);
    }

    /** Returns whether the next token is the one with the largest raw logit that may come. */
    public boolean isPlainGreedy() {
        return temperature == 0 && keepsLogits();
    }

    /** Returns whether the logits are the raw ones, without bias and penalties. */
    public boolean keepsLogits() {
        return logitBias.isEmpty()
                && repetitionPenalty == 1
                && frequencyPenalty == 0
                && presencePenalty == 0;
    }

    /** Returns the same parameters with another seed. */
    public SamplingParams withSeed(long drawn) {
        return new SamplingParams(
                temperature,
                topP,
                topK,
                minP,
                presencePenalty,
                frequencyPenalty,
                repetitionPenalty,
                logitBias,
                allowedTokens,
                OptionalLong.of(drawn));
    }
}

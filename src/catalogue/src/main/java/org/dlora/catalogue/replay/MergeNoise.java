package org.dlora.catalogue.replay;

import java.util.List;
import java.util.OptionalDouble;
import org.dlora.replica.request.TokenLogprobs;

/**
 * Noise of merged weights in the logits of one step, against the gap between two tokens there.
 * Rounding of merged weights moves logits by a relative deviation that is measured for each adapter
 * ({@link org.dlora.adapter.content.MergeFidelity}). Taken as independent for each token, it moves
 * the difference of two logits by {@code √2·deviation·σ}, where σ is the standard deviation of the
 * step's logits. {@value #SIGMAS} times that is the bound.
 *
 * @param deviation relative deviation of the logits of the request's merged and mixed steps; empty
 *     if it was not measured
 * @param bound of the difference that noise explains, a natural log-probability; empty if it is not
 *     known
 * @param gap between the log-probabilities of the two tokens in the replay; empty if not known
 */
public record MergeNoise(OptionalDouble deviation, OptionalDouble bound, OptionalDouble gap) {
    private static final double SIGMAS = 4;

    /** Returns the noise of a request whose first different step is not known in full. */
    static MergeNoise unknown(OptionalDouble deviation) {
        return new MergeNoise(deviation, OptionalDouble.empty(), OptionalDouble.empty());
    }

    /**
     * Returns the noise in a step.
     *
     * @param step log-probabilities of all tokens, the best first
     * @param original token of the request
     */
    static MergeNoise of(double deviation, List<TokenLogprobs.Entry> step, int original) {
        double mean = step.stream().mapToDouble(TokenLogprobs.Entry::logprob).average().orElse(0);
        double variance =
                step.stream()
                        .mapToDouble(entry -> Math.pow(entry.logprob() - mean, 2))
                        .average()
                        .orElse(0);
        var own =
                step.stream()
                        .filter(entry -> entry.token() == original)
                        .mapToDouble(TokenLogprobs.Entry::logprob)
                        .findFirst();
        return new MergeNoise(
                OptionalDouble.of(deviation),
                OptionalDouble.of(SIGMAS * Math.sqrt(2) * deviation * Math.sqrt(variance)),
                own.isPresent()
                        ? OptionalDouble.of(step.getFirst().logprob() - own.getAsDouble())
                        : OptionalDouble.empty());
    }

    /** Returns whether noise explains the gap; false if that is not known. */
    public boolean explains() {
        return bound.isPresent() && gap.isPresent() && gap.getAsDouble() <= bound.getAsDouble();
    }
}

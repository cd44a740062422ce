package org.dlora.engine;

import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * How one sequence draws its tokens, and what of that changes on the way. Preemption does not touch
 * it.
 */
final class SamplingState {
    /**
     * Documented in {@code java.util.random}: the same seed gives the same numbers on every JDK.
     */
    private static final RandomGeneratorFactory<RandomGenerator> GENERATORS =
            RandomGeneratorFactory.of("L64X128MixRandom");

    private final SamplingParams params;
    private final RandomGenerator random;
    private final TokenHistory history;
    private final Set<Integer> endings;
    private final int minTokens;
    private int outputs;

    SamplingState(GenerationRequest request, Set<Integer> endTokens) {
        params = request.sampling();
        random =
                params.seed().isPresent()
                        ? GENERATORS.create(params.seed().getAsLong())
                        : GENERATORS.create();
        history = new TokenHistory(params, request.prompt());
        endings = new HashSet<>(endTokens);
        endings.addAll(request.stop().stopTokens());
        minTokens = request.stop().minTokens();
    }

    SamplingParams params() {
        return params;
    }

    double nextDouble() {
        return random.nextDouble();
    }

    /** Whether the next token is the one with the largest raw logit, if that {@link #mayCome}. */
    boolean isPlainGreedy() {
        return params.temperature() == 0 && params.logitBias().isEmpty() && !history.penalises();
    }

    /** Whether the next token may be {@code token}: no end before {@code min_tokens}. */
    boolean mayCome(int token) {
        return outputs >= minTokens || !endings.contains(token);
    }

    void add(int token) {
        outputs++;
        history.add(token);
    }

    /** Applies bias and penalties, and rules out the ends that come too early. */
    void adjust(double[] scores) {
        params.logitBias().forEach((token, bias) -> scores[token] += bias);
        history.penalise(scores);
        if (outputs < minTokens) {
            endings.forEach(token -> scores[token] = Double.NEGATIVE_INFINITY);
        }
    }
}

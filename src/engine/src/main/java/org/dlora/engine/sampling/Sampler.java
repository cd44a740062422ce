package org.dlora.engine.sampling;

import java.util.Arrays;
import org.dlora.constraint.MaskPostponedException;

/**
 * Draws the next token from a row of logits. Order: the constraint, logit bias, repetition penalty,
 * frequency and presence penalty, the allowed tokens, temperature, top-k, top-p, min-p. All in
 * float64; the draw inverts the cumulative distribution in token order with one random number.
 */
public final class Sampler {
    private final Candidates candidates;

    public Sampler(int vocabSize) {
        candidates = new Candidates(vocabSize);
    }

    /**
     * The next token.
     *
     * @throws MaskPostponedException if the state's budget for masks is spent; nothing is drawn
     * @throws ArithmeticException if a logit is NaN or infinite, or every token is ruled out
     */
    public int sample(float[] logits, SamplingState state) {
        int likeliest = likeliest(logits);
        if (state.isPlainGreedy() && state.mayCome(likeliest)) {
            return likeliest;
        }
        return draw(probabilities(logits, state), state);
    }

    /**
     * The next token of a row whose largest logits decide it: the one that {@link #sample(float[],
     * SamplingState)} of the whole row gives.
     *
     * @param top as many as {@link SamplingState#topKAlone}
     */
    public int sample(TopLogits top, SamplingState state) {
        candidates.open(top);
        return draw(distribution(state), state);
    }

    private int draw(double[] probabilities, SamplingState state) {
        int drawn = draw(probabilities, candidates.size(), state.nextDouble());
        return candidates.token(drawn);
    }

    /**
     * The distribution that the next token is drawn from, {@code [candidates]}: the vocabulary, or
     * what a constraint allows. Valid until the next call.
     */
    double[] probabilities(float[] logits, SamplingState state) {
        state.open(candidates, logits);
        return distribution(state);
    }

    private double[] distribution(SamplingState state) {
        double[] scores = candidates.scores();
        int size = candidates.size();
        var params = state.params();
        if (params.temperature() == 0) {
            int best = largest(scores, size);
            requirePossible(size == 0 ? Double.NEGATIVE_INFINITY : scores[best]);
            Arrays.fill(scores, 0, size, 0);
            scores[best] = 1;
            return scores;
        }
        Truncation.topK(scores, size, params.topK());
        softmax(scores, size, params.temperature());
        Truncation.topP(scores, size, candidates.total(), params.topP());
        Truncation.minP(scores, size, params.minP());
        normalise(scores, size);
        return scores;
    }

    private static void softmax(double[] scores, int size, double temperature) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            max = Math.max(max, scores[i]);
        }
        requirePossible(max);
        for (int i = 0; i < size; i++) {
            scores[i] = Math.exp((scores[i] - max) / temperature);
        }
        normalise(scores, size);
    }

    private static void normalise(double[] scores, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += scores[i];
        }
        for (int i = 0; i < size; i++) {
            scores[i] /= sum;
        }
    }

    private static int draw(double[] probabilities, int size, double random) {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < size; i++) {
            if (probabilities[i] > 0) {
                last = i;
                sum += probabilities[i];
                if (random < sum) {
                    return i;
                }
            }
        }
        return last;
    }

    /** Returns the index of the largest score, the first among equals. */
    private static int largest(double[] scores, int size) {
        int best = 0;
        for (int i = 1; i < size; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }

    private static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite(logits[i])) {
                throw new NonFiniteLogitsException(logits[i], i);
            }
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    private static void requirePossible(double largest) {
        if (!Double.isFinite(largest)) {
            throw new ArithmeticException(
                    "No token is possible next: its largest score is "
                            + largest
                            + ". Check min_tokens, logit_bias, allowed_token_ids, the penalties and the constraint.");
        }
    }
}

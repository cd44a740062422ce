package org.dlora.engine.sampling;

import java.util.Arrays;

/**
 * Draws the next token from a row of logits. Order: logit bias, repetition penalty, frequency and
 * presence penalty, the constraint and the allowed tokens, temperature, top-k, top-p, min-p. All in
 * float64; the draw inverts the cumulative distribution in token order with one random number.
 */
public final class Sampler {
    private final double[] scores;

    public Sampler(int vocabSize) {
        scores = new double[vocabSize];
    }

    /**
     * The next token.
     *
     * @throws ArithmeticException if a logit is NaN or infinite, or every token is ruled out
     */
    public int sample(float[] logits, SamplingState state) {
        int likeliest = likeliest(logits);
        return state.isPlainGreedy() && state.mayCome(likeliest)
                ? likeliest
                : draw(probabilities(logits, state), state.nextDouble());
    }

    /**
     * The distribution that the next token is drawn from, {@code [vocab]}; valid until the next
     * call.
     */
    double[] probabilities(float[] logits, SamplingState state) {
        for (int i = 0; i < scores.length; i++) {
            scores[i] = logits[i];
        }
        state.adjust(scores);
        var params = state.params();
        if (params.temperature() == 0) {
            int best = TopK.largest(i -> scores[i], scores.length, 1)[0];
            requirePossible(scores[best]);
            Arrays.fill(scores, 0);
            scores[best] = 1;
            return scores;
        }
        Truncation.topK(scores, params.topK());
        softmax(params.temperature());
        Truncation.topP(scores, params.topP());
        Truncation.minP(scores, params.minP());
        normalise();
        return scores;
    }

    private void softmax(double temperature) {
        double max = Double.NEGATIVE_INFINITY;
        for (double x : scores) {
            max = Math.max(max, x);
        }
        requirePossible(max);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.exp((scores[i] - max) / temperature);
        }
        normalise();
    }

    private void normalise() {
        double sum = 0;
        for (double p : scores) {
            sum += p;
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= sum;
        }
    }

    private static int draw(double[] probabilities, double random) {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < probabilities.length; i++) {
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

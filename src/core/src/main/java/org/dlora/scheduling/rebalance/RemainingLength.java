package org.dlora.scheduling.rebalance;

import org.dlora.scheduling.OutputLengths;

/**
 * Expected output tokens that a request has left, given the tokens it has. Lengths of answers are
 * taken to be log-normal: their tail is so long that a request with many tokens has more left than
 * a new one. A memoryless or normal length would say otherwise.
 *
 * @param mean tokens of an answer, above 0
 * @param spread standard deviation of the logarithm of the tokens, above 0
 */
public record RemainingLength(double mean, double spread) {
    /** Spread of the lengths of chats: that of ShareGPT is near 1. */
    public static final double CHAT_SPREAD = 1;

    public RemainingLength {
        if (!(mean > 0) || !(spread > 0)) {
            throw new IllegalArgumentException(
                    "Answers of %s tokens on average, spread %s: expected both above 0"
                            .formatted(mean, spread));
        }
    }

    /**
     * Returns the estimate for an adapter from the answers seen.
     *
     * @param otherwise mean tokens of an answer before the first one
     */
    public static RemainingLength of(OutputLengths seen, double otherwise) {
        return new RemainingLength(Math.max(1, seen.mean(otherwise)), CHAT_SPREAD);
    }

    /**
     * Returns {@code E[min(X, most) - tokens | X > tokens]}: at least 1 while tokens are allowed.
     *
     * @param tokens output tokens so far
     * @param most output tokens at which the request ends at the latest
     */
    public double after(int tokens, int most) {
        int left = most - tokens;
        if (left <= 0) {
            return 0;
        }
        // With S the survival function of ln X: E[X; a < X < b] = mean * (S(a - s^2) - S(b - s^2)).
        double survives = logSurvival(tokens, 0);
        double ends =
                mean
                        * (Math.exp(logSurvival(tokens, spread * spread) - survives)
                                - Math.exp(logSurvival(most, spread * spread) - survives));
        double cut = most * Math.exp(logSurvival(most, 0) - survives);
        return Math.clamp(ends + cut - tokens, 1, left);
    }

    private double logSurvival(double tokens, double shift) {
        if (tokens <= 0) {
            return 0;
        }
        double centre = Math.log(mean) - spread * spread / 2;
        return logUpperTail((Math.log(tokens) - centre - shift) / spread);
    }

    /** Returns ln P(Z > z) of a standard normal Z. */
    private static double logUpperTail(double z) {
        return z < 0
                ? Math.log1p(-Math.exp(logHalfErfc(-z / Math.sqrt(2))))
                : logHalfErfc(z / Math.sqrt(2));
    }

    /**
     * Returns ln(erfc(x) / 2) for x >= 0 (Numerical Recipes, erfcc; relative error below 1.2e-7).
     */
    private static double logHalfErfc(double x) {
        double t = 1 / (1 + x / 2);
        double[] factors = {
            0.17087277,
            -0.82215223,
            1.48851587,
            -1.13520398,
            0.27886807,
            -0.18628806,
            0.09678418,
            0.37409196,
            1.00002368,
            -1.26551223
        };
        double sum = 0;
        for (double factor : factors) {
            sum = sum * t + factor;
        }
        return Math.log(t / 2) - x * x + sum;
    }
}

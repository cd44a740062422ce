package org.dlora.workload;

import java.util.random.RandomGenerator;

/**
 * Distribution of lengths in tokens: log-normal about their mean, as the lengths of chats are.
 *
 * @param mean before cutting to {@code low .. high}
 * @param spread sigma of the logarithm; 0 = always the mean
 * @param low the shortest
 * @param high the longest
 */
public record Lengths(int mean, double spread, int low, int high) {
    public Lengths {
        if (mean < 1 || !(spread >= 0) || low < 1 || high < low) {
            throw new IllegalArgumentException(
                    "lengths with mean %d, spread %s, from %d to %d: expected a mean of at least 1 token and a spread of at least 0"
                            .formatted(mean, spread, low, high));
        }
    }

    /** Draws the next length. */
    public int next(RandomGenerator random) {
        if (spread == 0) {
            return mean;
        }
        // A log-normal number with mean 1 has mu = -sigma² / 2.
        double factor = Math.exp(random.nextGaussian(-spread * spread / 2, spread));
        return Math.clamp(Math.round(mean * factor), low, high);
    }
}

package org.dlora.scheduling;

/**
 * The mean length of the answers so far; later answers weigh more. Immutable.
 *
 * @param answers weighted number of answers, each weighing {@value #KEEP} of the next one's weight
 * @param tokens weighted sum of their tokens
 */
public record OutputLengths(double answers, double tokens) {
    /** Lengths before the first answer. */
    public static final OutputLengths NONE = new OutputLengths(0, 0);

    private static final double KEEP = 0.95;

    /** Returns the lengths with one more answer of {@code outputTokens} tokens. */
    public OutputLengths plus(int outputTokens) {
        return new OutputLengths(KEEP * answers + 1, KEEP * tokens + outputTokens);
    }

    /** Returns the mean tokens of an answer, or {@code otherwise} before the first one. */
    public double mean(double otherwise) {
        return answers == 0 ? otherwise : tokens / answers;
    }
}

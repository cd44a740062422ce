package org.dlora.scheduling;

/**
 * How long answers are, by those seen so far; later ones weigh more. Immutable.
 *
 * @param answers seen, each weighing {@value #KEEP} of what the one after it weighs
 * @param tokens theirs together, weighed likewise
 */
public record OutputLengths(double answers, double tokens) {
    /** Nothing seen yet. */
    public static final OutputLengths NONE = new OutputLengths(0, 0);

    private static final double KEEP = 0.95;

    /** With one more answer of so many tokens. */
    public OutputLengths plus(int outputTokens) {
        return new OutputLengths(KEEP * answers + 1, KEEP * tokens + outputTokens);
    }

    /** Tokens of an answer, {@code otherwise} if none has been seen. */
    public double mean(double otherwise) {
        return answers == 0 ? otherwise : tokens / answers;
    }
}

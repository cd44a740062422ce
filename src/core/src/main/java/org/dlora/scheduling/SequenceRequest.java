package org.dlora.scheduling;

/**
 * A policy's view of the request behind a sequence.
 *
 * @param arrivedAt seconds, on the clock of {@link Snapshot#now}; preemption does not change it
 * @param promptTokens tokens of the sequence that came with the request
 * @param maxOutput most tokens that its answer can have
 * @param exact whether it must not run through merged weights
 * @param greedy whether its next token is always the one with the largest logit, and no
 *     log-probability is wanted
 * @param team that its service counts for
 */
public record SequenceRequest(
        double arrivedAt,
        int promptTokens,
        int maxOutput,
        boolean exact,
        boolean greedy,
        TeamRef team) {
    /** View of a request of which nothing is known. */
    public static final SequenceRequest UNKNOWN =
            new SequenceRequest(0, 0, Integer.MAX_VALUE, false, true);

    /** Creates the view of a request without a team. */
    public SequenceRequest(
            double arrivedAt, int promptTokens, int maxOutput, boolean exact, boolean greedy) {
        this(arrivedAt, promptTokens, maxOutput, exact, greedy, TeamRef.NONE);
    }
}

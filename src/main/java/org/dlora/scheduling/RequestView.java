package org.dlora.scheduling;

/**
 * What a policy sees of the request behind a sequence.
 *
 * @param arrivedAt seconds, on the clock of {@link Snapshot#now}; preemption does not change it
 * @param promptTokens of the sequence's tokens those that came with the request
 * @param maxOutput tokens that its answer can have
 * @param exact never through merged weights
 * @param greedy whether its next token is always the one with the largest logit, and no
 *     log-probability is wanted
 */
public record RequestView(
        double arrivedAt, int promptTokens, int maxOutput, boolean exact, boolean greedy) {
    /** Nothing is known of it. */
    static final RequestView UNKNOWN = new RequestView(0, 0, Integer.MAX_VALUE, false, true);
}

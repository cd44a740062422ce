package org.dlora.replica.request;

/**
 * Usage of a sequence on its replicas, from its submission on. Its last event carries it.
 *
 * @param cachedTokens prompt tokens that were in the prefix cache
 * @param preemptions times that it lost its KV blocks
 * @param steps that computed rows of it
 */
public record SequenceUsage(
        int promptTokens, int cachedTokens, int outputTokens, int preemptions, StepCounts steps) {
    /** The usage of a request that no replica has begun. */
    public static final SequenceUsage NONE = new SequenceUsage(0, 0, 0, 0, StepCounts.NONE);
}

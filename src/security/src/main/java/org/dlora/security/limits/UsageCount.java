package org.dlora.security.limits;

/**
 * What was used in a time.
 *
 * @param requests that were admitted and have ended
 * @param tokens of their prompts and answers
 */
public record UsageCount(long requests, long tokens) {
    /** Nothing was used. */
    public static final UsageCount NONE = new UsageCount(0, 0);

    /** Returns both together. */
    public UsageCount plus(UsageCount other) {
        return new UsageCount(requests + other.requests, tokens + other.tokens);
    }
}

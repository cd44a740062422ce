package org.dlora.security.limits;

/**
 * Requests and tokens of a period.
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

package org.dlora.catalogue.history;

import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Sums over requests.
 *
 * @param failed of {@code requests}, those that failed or were refused
 * @param cachedTokens of {@code promptTokens}, those whose KV was cached
 */
@JsonNaming(SnakeCaseStrategy.class)
public record UsageSums(
        long requests, long failed, long promptTokens, long cachedTokens, long outputTokens) {
    /** No request. */
    public static final UsageSums NONE = new UsageSums(0, 0, 0, 0, 0);

    /** Returns the tokens of prompts and answers. */
    public long tokens() {
        return promptTokens + outputTokens;
    }

    /** Returns the sums of both. */
    public UsageSums plus(UsageSums other) {
        return new UsageSums(
                requests + other.requests,
                failed + other.failed,
                promptTokens + other.promptTokens,
                cachedTokens + other.cachedTokens,
                outputTokens + other.outputTokens);
    }

    /** Returns these sums without {@code part} of them. */
    public UsageSums minus(UsageSums part) {
        return new UsageSums(
                requests - part.requests,
                failed - part.failed,
                promptTokens - part.promptTokens,
                cachedTokens - part.cachedTokens,
                outputTokens - part.outputTokens);
    }
}

package org.dlora.cluster.history;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Sums over the requests of one hour.
 *
 * @param hour its begin, in UTC
 * @param adapter name, null for the base model
 * @param failed of {@code requests}, those that failed or were refused
 */
public record UsageRecord(
        Instant hour,
        @Nullable String adapter,
        @Nullable String apiKey,
        @Nullable String team,
        long requests,
        long failed,
        long promptTokens,
        long cachedTokens,
        long outputTokens) {}

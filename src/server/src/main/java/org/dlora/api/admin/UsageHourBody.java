package org.dlora.api.admin;

import java.time.Instant;
import org.dlora.cluster.history.UsageRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Sums over the requests that ended in one hour.
 *
 * @param hour its begin
 * @param adapter name, null for the base model
 * @param failed of {@code requests}, those that failed or were refused
 */
@JsonNaming(SnakeCaseStrategy.class)
record UsageHourBody(
        Instant hour,
        @Nullable String adapter,
        @Nullable String apiKey,
        @Nullable String team,
        long requests,
        long failed,
        long promptTokens,
        long cachedTokens,
        long outputTokens) {

    static UsageHourBody of(UsageRecord row) {
        return new UsageHourBody(
                row.hour(),
                row.adapter(),
                row.apiKey(),
                row.team(),
                row.requests(),
                row.failed(),
                row.promptTokens(),
                row.cachedTokens(),
                row.outputTokens());
    }
}

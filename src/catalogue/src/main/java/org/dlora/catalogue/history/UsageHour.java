package org.dlora.catalogue.history;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Sums over the requests that ended in one hour.
 *
 * @param hour its begin, in UTC
 * @param adapter name, null for the base model
 * @param apiKey id of the clients' key, null for none
 * @param team of the key, null for none
 */
@JsonNaming(SnakeCaseStrategy.class)
public record UsageHour(
        Instant hour,
        @Nullable String adapter,
        @Nullable String apiKey,
        @Nullable String team,
        @JsonUnwrapped UsageSums sums) {}

package org.dlora.api.keys;

import java.time.Instant;
import org.dlora.security.limits.UsageCount;
import org.dlora.security.limits.UsageReport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Usage of a key or a team.
 *
 * @param concurrentRequests completions that run or wait now
 * @param day since midnight, UTC
 * @param month since the first day of the month, UTC
 * @param budgetResets when the budget begins anew; null without one
 */
@JsonNaming(SnakeCaseStrategy.class)
record KeyUsageBody(long concurrentRequests, Sum day, Sum month, @Nullable Instant budgetResets) {

    /**
     * Requests and tokens of a period.
     *
     * @param requests completions that have ended
     * @param tokens of their prompts and answers
     */
    record Sum(long requests, long tokens) {
        static Sum of(UsageCount count) {
            return new Sum(count.requests(), count.tokens());
        }
    }

    static KeyUsageBody of(UsageReport report) {
        return new KeyUsageBody(
                report.running(),
                Sum.of(report.day()),
                Sum.of(report.month()),
                report.budgetResets().orElse(null));
    }
}

package org.dlora.api.keys;

import org.dlora.security.limits.Quota;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The most that a key or a team may take; null for what is not limited.
 *
 * @param requestsPerMinute completions; n choices and several prompts are one
 * @param tokensPerMinute tokens of prompts and answers
 * @param concurrentRequests completions that run or wait at a time
 * @param tokenBudget tokens of a period
 * @param budgetPeriod day or month, by UTC; null without a budget
 * @param budgetAlert share of the budget from which on answers and events tell of it; null without
 *     a budget
 */
@JsonNaming(SnakeCaseStrategy.class)
record LimitsBody(
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Long concurrentRequests,
        @Nullable Long tokenBudget,
        @Nullable String budgetPeriod,
        @Nullable Double budgetAlert) {

    static LimitsBody of(Quota quota) {
        var budget = quota.budget();
        return new LimitsBody(
                quota.requestsPerMinute(),
                quota.tokensPerMinute(),
                quota.concurrentRequests(),
                budget == null ? null : budget.tokens(),
                budget == null ? null : budget.period().label(),
                budget == null ? null : budget.alert());
    }
}

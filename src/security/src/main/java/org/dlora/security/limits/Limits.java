package org.dlora.security.limits;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The most that a key or a team may take: one record that is stored, answered as JSON and shown. A
 * member that is null limits nothing.
 *
 * @param requestsPerMinute completions; {@code n} choices and several prompts are one
 * @param tokensPerMinute tokens of prompts and answers
 * @param concurrentRequests completions that run or wait at a time
 * @param tokenBudget tokens of a day or a month
 * @param budgetPeriod period of the budget; null without one
 * @param budgetAlert share of the budget from which on answers and events tell of it; null without
 *     a budget
 */
@JsonNaming(SnakeCaseStrategy.class)
public record Limits(
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Long concurrentRequests,
        @Nullable Long tokenBudget,
        @Nullable BudgetPeriod budgetPeriod,
        @Nullable Double budgetAlert) {
    /** Limits nothing. */
    public static final Limits NONE = new Limits(null, null, null, null);

    /** Most requests or tokens per minute that can be given. */
    public static final long MOST_PER_MINUTE = 1_000_000_000;

    /** Most concurrent requests that can be given. */
    public static final long MOST_CONCURRENT = 1_000_000;

    /** Most tokens of a budget that can be given. */
    public static final long MOST_BUDGET = 1_000_000_000_000_000L;

    /**
     * Gives a budget its usual period and share where it has none, and neither without a budget.
     */
    public Limits {
        if (tokenBudget == null) {
            budgetPeriod = null;
            budgetAlert = null;
        } else {
            budgetPeriod = budgetPeriod == null ? BudgetPeriod.MONTH : budgetPeriod;
            budgetAlert = budgetAlert == null ? TokenBudget.USUAL_ALERT : budgetAlert;
        }
    }

    public Limits(
            @Nullable Long requestsPerMinute,
            @Nullable Long tokensPerMinute,
            @Nullable Long concurrentRequests,
            @Nullable TokenBudget budget) {
        this(
                requestsPerMinute,
                tokensPerMinute,
                concurrentRequests,
                budget == null ? null : budget.tokens(),
                budget == null ? null : budget.period(),
                budget == null ? null : budget.alert());
    }

    /** Returns the budget; null if there is none. */
    public @Nullable TokenBudget budget() {
        return tokenBudget == null || budgetPeriod == null || budgetAlert == null
                ? null
                : new TokenBudget(tokenBudget, budgetPeriod, budgetAlert);
    }

    /** Returns whether nothing is limited. */
    @JsonIgnore
    public boolean isNone() {
        return equals(NONE);
    }

    /** Returns the limits that are set, for the audit. */
    public Map<String, ?> state() {
        var all = new LinkedHashMap<String, Object>();
        put(all, "requests_per_minute", requestsPerMinute);
        put(all, "tokens_per_minute", tokensPerMinute);
        put(all, "concurrent_requests", concurrentRequests);
        put(all, "token_budget", tokenBudget);
        put(all, "budget_period", budgetPeriod == null ? null : budgetPeriod.label());
        put(all, "budget_alert", budgetAlert);
        return all;
    }

    private static void put(Map<String, Object> all, String name, @Nullable Object value) {
        if (value != null) {
            all.put(name, value);
        }
    }
}

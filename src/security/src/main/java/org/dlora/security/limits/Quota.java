package org.dlora.security.limits;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The most that a key or a team may take. A member that is null limits nothing.
 *
 * @param requestsPerMinute completions; {@code n} choices and several prompts are one
 * @param tokensPerMinute tokens of prompts and answers
 * @param concurrentRequests completions that run or wait at a time
 * @param budget tokens of a day or a month
 */
public record Quota(
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Long concurrentRequests,
        @Nullable TokenBudget budget) {
    /** Limits nothing. */
    public static final Quota NONE = new Quota(null, null, null, null);

    /** Most requests or tokens per minute that can be given. */
    public static final long MOST_PER_MINUTE = 1_000_000_000;

    /** Most concurrent requests that can be given. */
    public static final long MOST_CONCURRENT = 1_000_000;

    /** Most tokens of a budget that can be given. */
    public static final long MOST_BUDGET = 1_000_000_000_000_000L;

    /** Returns whether nothing is limited. */
    public boolean isNone() {
        return equals(NONE);
    }

    /** Returns the limits that are set, for the audit. */
    public Map<String, ?> state() {
        var all = new LinkedHashMap<String, Object>();
        put(all, "requests_per_minute", requestsPerMinute);
        put(all, "tokens_per_minute", tokensPerMinute);
        put(all, "concurrent_requests", concurrentRequests);
        if (budget != null) {
            all.put("token_budget", budget.tokens());
            all.put("budget_period", budget.period().label());
            all.put("budget_alert", budget.alert());
        }
        return all;
    }

    private static void put(Map<String, Object> all, String name, @Nullable Long value) {
        if (value != null) {
            all.put(name, value);
        }
    }
}

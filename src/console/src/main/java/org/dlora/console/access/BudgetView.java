package org.dlora.console.access;

import java.time.Instant;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.UsageReport;
import org.jspecify.annotations.Nullable;

/**
 * A budget and what is used of it.
 *
 * @param used tokens of the period so far
 * @param tokens of the whole period
 * @param period day or month
 * @param resets when it begins anew
 * @param state empty, or {@code warn} from the alert on, or {@code bad} when it is used up
 */
record BudgetView(long used, long tokens, String period, @Nullable Instant resets, String state) {

    /** Returns the budget of a key or a team; null if it has none. */
    static @Nullable BudgetView of(Limits limits, UsageReport usage) {
        var budget = limits.budget();
        if (budget == null) {
            return null;
        }
        long used = (budget.period() == BudgetPeriod.DAY ? usage.day() : usage.month()).tokens();
        var state =
                used >= budget.tokens()
                        ? "bad"
                        : used >= budget.alert() * budget.tokens() ? "warn" : "";
        return new BudgetView(
                used,
                budget.tokens(),
                budget.period().label(),
                usage.budgetResets().orElse(null),
                state);
    }

    /** Returns the share that is used, 0 to 1 and more. */
    public double share() {
        return (double) used / tokens;
    }
}

package org.dlora.store.keys;

import jakarta.persistence.Embeddable;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Quota;
import org.dlora.security.limits.TokenBudget;
import org.jspecify.annotations.Nullable;

/** Columns of the limits in tables {@code api_key} and {@code team}. */
@Embeddable
class QuotaColumns {
    @Nullable Long requestsPerMinute;
    @Nullable Long tokensPerMinute;
    @Nullable Long concurrentRequests;
    @Nullable Long tokenBudget;
    @Nullable String budgetPeriod;
    @Nullable Double budgetAlert;

    static QuotaColumns of(Quota quota) {
        var columns = new QuotaColumns();
        columns.requestsPerMinute = quota.requestsPerMinute();
        columns.tokensPerMinute = quota.tokensPerMinute();
        columns.concurrentRequests = quota.concurrentRequests();
        var budget = quota.budget();
        if (budget != null) {
            columns.tokenBudget = budget.tokens();
            columns.budgetPeriod = budget.period().label();
            columns.budgetAlert = budget.alert();
        }
        return columns;
    }

    /**
     * @param columns null if all of them are, as Hibernate has it
     */
    static Quota quota(@Nullable QuotaColumns columns) {
        return columns == null
                ? Quota.NONE
                : new Quota(
                        columns.requestsPerMinute,
                        columns.tokensPerMinute,
                        columns.concurrentRequests,
                        columns.budget());
    }

    private @Nullable TokenBudget budget() {
        if (tokenBudget == null) {
            return null;
        }
        var period = budgetPeriod == null ? "" : budgetPeriod;
        return new TokenBudget(
                tokenBudget,
                BudgetPeriod.of(period).orElse(BudgetPeriod.MONTH),
                budgetAlert == null ? TokenBudget.USUAL_ALERT : budgetAlert);
    }
}

package org.dlora.console.access;

import java.util.Locale;
import org.dlora.api.web.ApiException;
import org.dlora.console.page.FormFields;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.TokenBudget;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/**
 * Limits as a form has them; a field that is empty limits nothing.
 *
 * @param alert percent of the budget from which on it is told that it runs out
 */
record LimitsEntry(
        String requests,
        String tokens,
        String concurrent,
        String budget,
        String period,
        String alert) {
    private static final double PERCENT = 100;

    static final LimitsEntry NONE = of(Limits.NONE);

    static LimitsEntry of(Limits limits) {
        var budget = limits.budget();
        return new LimitsEntry(
                text(limits.requestsPerMinute()),
                text(limits.tokensPerMinute()),
                text(limits.concurrentRequests()),
                budget == null ? "" : text(budget.tokens()),
                (budget == null ? BudgetPeriod.MONTH : budget.period()).label(),
                percent(budget == null ? TokenBudget.USUAL_ALERT : budget.alert()));
    }

    static LimitsEntry of(FormFields fields) {
        return new LimitsEntry(
                fields.text("requests"),
                fields.text("tokens"),
                fields.text("concurrent"),
                fields.text("budget"),
                fields.text("period"),
                fields.text("alert"));
    }

    private static String text(@Nullable Long number) {
        return number == null ? "" : number.toString();
    }

    private static String percent(double share) {
        double percent = Math.round(PERCENT * PERCENT * share) / PERCENT;
        return percent == Math.rint(percent)
                ? Long.toString((long) percent)
                : String.format(Locale.ROOT, "%.2f", percent);
    }

    /**
     * Returns the limits. Their ranges are checked when the change is made.
     *
     * @throws ApiException if a field is no number
     */
    Limits limits() {
        var most = count("Tokens of the budget", budget);
        return new Limits(
                count("Requests per minute", requests),
                count("Tokens per minute", tokens),
                count("Requests at a time", concurrent),
                most == null ? null : new TokenBudget(most, budgetPeriod(), alertShare()));
    }

    private static @Nullable Long count(String label, String text) {
        var digits = text.replaceAll("[\\s\u2009\u202f_,]", "");
        if (digits.isEmpty()) {
            return null;
        }
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException _) {
            throw ApiException.invalid(
                    label,
                    "'%s' must be a whole number, or empty for no limit, but is '%s'."
                            .formatted(label, StringUtils.truncate(text, 50)));
        }
    }

    private BudgetPeriod budgetPeriod() {
        return BudgetPeriod.of(period)
                .orElseThrow(() ->
                        ApiException.invalid(
                                "period", "The budget must be of a 'day' or a 'month', by UTC."));
    }

    private double alertShare() {
        if (alert.isEmpty()) {
            return TokenBudget.USUAL_ALERT;
        }
        try {
            return Double.parseDouble(alert) / PERCENT;
        } catch (NumberFormatException _) {
            throw ApiException.invalid(
                    "alert",
                    "'Alert at' must be percent of the budget from 0 to 100, but is '%s'."
                            .formatted(StringUtils.truncate(alert, 50)));
        }
    }
}

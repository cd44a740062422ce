package org.dlora.api.keys;

import java.util.function.UnaryOperator;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.TokenBudget;
import org.jspecify.annotations.Nullable;

/**
 * Reader of {@code limits}. A member that is left out stays as it is, and null takes a limit away;
 * {@code "limits": null} takes them all.
 */
final class LimitsReader {
    private static final String NAME = "limits";

    private LimitsReader() {}

    /** A member: whether it was given, and its value, null for none. */
    private record Given<T>(boolean isGiven, @Nullable T value) {
        @Nullable T or(@Nullable T before) {
            return isGiven ? value : before;
        }
    }

    /** Reads a change of limits; ranges are checked when it is made. */
    static UnaryOperator<Limits> read(Fields body) {
        var given = body.given(NAME);
        if (given.isEmpty()) {
            return UnaryOperator.identity();
        }
        if (given.get().isNull()) {
            return _ -> Limits.NONE;
        }
        var fields = Fields.at(NAME, given.get());
        var requests = count(fields, "requests_per_minute");
        var tokens = count(fields, "tokens_per_minute");
        var concurrent = count(fields, "concurrent_requests");
        var budget = count(fields, "token_budget");
        var period = period(fields);
        var alert = alert(fields);
        fields.end();
        return before ->
                new Limits(
                        requests.or(before.requestsPerMinute()),
                        tokens.or(before.tokensPerMinute()),
                        concurrent.or(before.concurrentRequests()),
                        budget(before.budget(), budget, period, alert));
    }

    private static Given<Long> count(Fields fields, String name) {
        var node = fields.given(name);
        if (node.isEmpty() || node.get().isNull()) {
            return new Given<>(node.isPresent(), null);
        }
        var value = node.get().longValueOpt();
        if (value.isEmpty()) {
            throw Fields.wrong(fields.path(name), "an integer, or null for no limit", node.get());
        }
        return new Given<>(true, value.getAsLong());
    }

    private static Given<BudgetPeriod> period(Fields fields) {
        var text = fields.text("budget_period");
        return new Given<>(
                text.isPresent(),
                text.map(label ->
                                BudgetPeriod.of(label)
                                        .orElseThrow(() ->
                                                ApiException.invalid(
                                                        fields.path("budget_period"),
                                                        "'limits.budget_period' must be 'day' or 'month', by UTC.")))
                        .orElse(null));
    }

    private static Given<Double> alert(Fields fields) {
        var given = fields.number("budget_alert", 0, 1);
        return new Given<>(given.isPresent(), given.isPresent() ? given.getAsDouble() : null);
    }

    private static @Nullable TokenBudget budget(
            @Nullable TokenBudget before,
            Given<Long> tokens,
            Given<BudgetPeriod> period,
            Given<Double> alert) {
        var most = tokens.or(before == null ? null : before.tokens());
        if (most == null) {
            if (period.isGiven() || alert.isGiven()) {
                throw ApiException.invalid(
                        "limits.token_budget",
                        "'budget_period' and 'budget_alert' are those of a budget: give 'token_budget' too.");
            }
            return null;
        }
        var usual =
                before == null
                        ? new TokenBudget(1, BudgetPeriod.MONTH, TokenBudget.USUAL_ALERT)
                        : before;
        var every = period.or(usual.period());
        var share = alert.or(usual.alert());
        return new TokenBudget(
                most,
                every == null ? usual.period() : every,
                share == null ? usual.alert() : share);
    }
}

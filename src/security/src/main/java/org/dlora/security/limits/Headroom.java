package org.dlora.security.limits;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Remaining requests and tokens of a caller, by the tighter of the limits of its key and its team.
 *
 * @param requests per minute; empty if they are not limited
 * @param tokens per minute; empty if they are not limited
 * @param alerts budgets that run out
 */
public record Headroom(Optional<Rate> requests, Optional<Rate> tokens, List<Alert> alerts) {

    /**
     * A limit per minute.
     *
     * @param remaining that can be taken at once
     * @param reset time until all of it can be taken at once
     */
    public record Rate(long limit, long remaining, Duration reset) {}

    /**
     * A budget of which a large share is used.
     *
     * @param used tokens
     */
    public record Alert(Limited owner, TokenBudget budget, long used) {}

    /** Returns the rest of one rate. */
    static Headroom of(LimitKind kind, Rate rate) {
        var one = Optional.of(rate);
        return kind == LimitKind.REQUESTS
                ? new Headroom(one, Optional.empty(), List.of())
                : new Headroom(Optional.empty(), one, List.of());
    }

    /** Returns the tighter one of each kind. */
    static Headroom tighter(List<Headroom> all) {
        var alerts = new ArrayList<Alert>();
        all.forEach(one -> alerts.addAll(one.alerts));
        return new Headroom(
                tightest(all.stream().flatMap(one -> one.requests.stream()).toList()),
                tightest(all.stream().flatMap(one -> one.tokens.stream()).toList()),
                List.copyOf(alerts));
    }

    private static Optional<Rate> tightest(List<Rate> rates) {
        return rates.stream()
                .min(Comparator.comparingLong(Rate::remaining).thenComparingLong(Rate::limit));
    }
}

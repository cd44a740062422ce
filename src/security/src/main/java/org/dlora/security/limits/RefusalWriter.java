package org.dlora.security.limits;

import java.time.Duration;
import java.time.Instant;
import org.dlora.security.limits.LimitExceededException.Advice;
import org.jspecify.annotations.Nullable;

/** Writer of the refusals of one owner's limits. The first words are OpenAI's. */
final class RefusalWriter {
    /** Time after which running requests may have ended. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Limited owner;

    RefusalWriter(Limited owner) {
        this.owner = owner;
    }

    /**
     * @param kind requests or tokens
     * @param wait null if the request will never fit
     */
    LimitExceededException rate(
            LimitKind kind, Headroom.Rate rate, long wanted, @Nullable Duration wait) {
        boolean isTokens = kind == LimitKind.TOKENS;
        var per = isTokens ? "tokens per min (TPM)" : "requests per min (RPM)";
        if (wait == null) {
            return new LimitExceededException(
                    owner,
                    kind,
                    Advice.REDUCE,
                    null,
                    "Request too large for %s on %s: Limit %d, Requested %d. Shorten the prompt, or give a smaller 'max_tokens': both count, for each of 'n' choices."
                            .formatted(owner.words(), per, rate.limit(), wanted));
        }
        return new LimitExceededException(
                owner,
                kind,
                Advice.WAIT,
                wait,
                "Rate limit reached for %s on %s: Limit %d, Used %d, Requested %d. Please try again in %s%s."
                        .formatted(
                                owner.words(),
                                per,
                                rate.limit(),
                                rate.limit() - rate.remaining(),
                                wanted,
                                ShortDuration.of(wait),
                                isTokens ? ", or give a smaller 'max_tokens'" : ""));
    }

    LimitExceededException concurrent(long limit, long running) {
        return new LimitExceededException(
                owner,
                LimitKind.CONCURRENT,
                Advice.WAIT,
                SOON,
                "Rate limit reached for %s on concurrent requests: Limit %d, Used %d, Requested 1. Please try again when one of them has ended."
                        .formatted(owner.words(), limit, running));
    }

    /**
     * @param used tokens of the period
     * @param reserved tokens that running requests may take
     */
    LimitExceededException budget(
            TokenBudget budget, long used, long reserved, long wanted, Instant now) {
        if (wanted > budget.tokens()) {
            return budget(
                    Advice.REDUCE,
                    null,
                    "This request can take %d tokens, more than the whole budget of %s, which is %d tokens a %s. Shorten the prompt, or give a smaller 'max_tokens'."
                            .formatted(
                                    wanted,
                                    owner.words(),
                                    budget.tokens(),
                                    budget.period().label()));
        }
        if (used + wanted <= budget.tokens()) {
            return budget(
                    Advice.WAIT,
                    SOON,
                    "Running requests may take the rest of the budget of %s: Limit %d tokens a %s, Used %d, Reserved %d, Requested %d. Please try again when some have ended."
                            .formatted(
                                    owner.words(),
                                    budget.tokens(),
                                    budget.period().label(),
                                    used,
                                    reserved,
                                    wanted));
        }
        var reset = Account.reset(budget.period(), now);
        return budget(
                Advice.NEXT_PERIOD,
                Duration.between(now, reset),
                "You exceeded your current quota: the budget of %s is %d tokens a %s, %d are left, and this request can take %d. It begins anew at %s."
                        .formatted(
                                owner.words(),
                                budget.tokens(),
                                budget.period().label(),
                                Math.max(0, budget.tokens() - used),
                                wanted,
                                reset));
    }

    private LimitExceededException budget(Advice advice, @Nullable Duration wait, String message) {
        return new LimitExceededException(owner, LimitKind.BUDGET, advice, wait, message);
    }

    LimitExceededException notReady() {
        return budget(
                Advice.NOT_READY,
                SOON,
                "The tokens that %s has used of its budget have not been read yet. Please try again in a few seconds."
                        .formatted(owner.words()));
    }
}

package org.dlora.security.limits;

import io.github.bucket4j.TimeMeter;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Running requests and used tokens of one key or team. Its lock guards all of it. */
final class Account {
    final ReentrantLock lock = new ReentrantLock();
    final UsageLedger ledger = new UsageLedger();

    private final TimeMeter time;
    private final Supplier<Map<LocalDate, UsageCount>> others;
    private @Nullable RateBucket requests;
    private @Nullable RateBucket tokens;
    private long running;

    /** Tokens that running requests may take. */
    private long reserved;

    private @Nullable Alerted alerted;
    private boolean retired;

    /** A period in which it was told that the budget runs out. */
    private record Alerted(BudgetPeriod period, LocalDate begin) {}

    /**
     * @param others usage of other runs by day, as far as known
     */
    Account(TimeMeter time, Supplier<Map<LocalDate, UsageCount>> others) {
        this.time = time;
        this.others = others;
    }

    /** Takes over limits as they are now. */
    void limit(Limits limits) {
        requests = limited(requests, limits.requestsPerMinute());
        tokens = limited(tokens, limits.tokensPerMinute());
    }

    private @Nullable RateBucket limited(@Nullable RateBucket before, @Nullable Long perMinute) {
        if (perMinute == null) {
            return null;
        }
        if (before == null) {
            return new RateBucket(perMinute, time);
        }
        before.limit(perMinute);
        return before;
    }

    /** Returns the limit that refuses one more request the longest; null if none does. */
    @Nullable LimitExceededException refusal(Limited owner) {
        var words = new RefusalWriter(owner);
        LimitExceededException longest = null;
        if (requests != null && requests.remaining() < 1) {
            longest = words.rate(LimitKind.REQUESTS, rate(requests), 1, requests.until(1));
        }
        var concurrent = owner.limits().concurrentRequests();
        if (concurrent != null && running >= concurrent) {
            longest = longer(longest, words.concurrent(concurrent, running));
        }
        return longest;
    }

    /**
     * Returns the limit that refuses so many tokens of an admitted request the longest; null if
     * none does.
     */
    @Nullable LimitExceededException refusal(Limited owner, long wanted, Instant now) {
        var words = new RefusalWriter(owner);
        LimitExceededException longest = null;
        if (tokens != null && tokens.remaining() < wanted) {
            var wait = wanted <= tokens.limit() ? tokens.until(wanted) : null;
            longest = longer(longest, words.rate(LimitKind.TOKENS, rate(tokens), wanted, wait));
        }
        var budget = owner.limits().budget();
        if (budget != null) {
            long used = used(budget.period(), now).tokens();
            if (used + reserved + wanted > budget.tokens()) {
                longest = longer(longest, words.budget(budget, used, reserved, wanted, now));
            }
        }
        return longest;
    }

    private static LimitExceededException longer(
            @Nullable LimitExceededException one, LimitExceededException other) {
        return one == null || other.outlasts(one) ? other : one;
    }

    /** Takes a request's place and its part of requests per minute, which no limit refuses. */
    Hold take(Limited owner) {
        running++;
        return new Hold(owner, this, true, requests == null ? null : requests.take(1), null);
    }

    /** Takes the tokens that an admitted request may take, which no limit refuses. */
    Hold take(Limited owner, Hold hold, long wanted) {
        reserved += wanted;
        return new Hold(
                owner,
                this,
                hold.isRequest(),
                hold.requests(),
                tokens == null ? null : tokens.take(wanted));
    }

    /** Gives back all of a request that was not begun. */
    void withdraw(Hold hold, long taken) {
        if (hold.requests() != null) {
            hold.requests().giveBack(1);
        }
        end(hold, taken, 0);
    }

    private void end(Hold hold, long taken, long used) {
        running -= hold.isRequest() ? 1 : 0;
        reserved -= taken;
        // Not to a bucket that there was not yet: it never missed them.
        if (hold.tokens() != null) {
            hold.tokens().giveBack(taken - used);
        }
    }

    /**
     * Gives back what a request has not used.
     *
     * @param owner with the limits in force
     * @return a budget that runs out, if it was not told of one in its period; else empty
     */
    Optional<Headroom.Alert> settle(Limited owner, Hold hold, long taken, long used, Instant now) {
        end(hold, taken, used);
        ledger.add(day(now), new UsageCount(hold.isRequest() ? 1 : 0, used));
        return alert(owner, now).filter(alert -> isNews(alert.budget().period(), now));
    }

    private boolean isNews(BudgetPeriod period, Instant now) {
        var told = new Alerted(period, period.begin(day(now)));
        boolean isNews = !told.equals(alerted);
        alerted = told;
        return isNews;
    }

    private Optional<Headroom.Alert> alert(Limited owner, Instant now) {
        var budget = owner.limits().budget();
        if (budget == null) {
            return Optional.empty();
        }
        long used = used(budget.period(), now).tokens();
        return budget.isAlert(used)
                ? Optional.of(new Headroom.Alert(owner, budget, used))
                : Optional.empty();
    }

    /** Returns the headroom of the account. */
    Headroom headroom(Limited owner, Instant now) {
        return new Headroom(
                Optional.ofNullable(requests).map(Account::rate),
                Optional.ofNullable(tokens).map(Account::rate),
                alert(owner, now).stream().toList());
    }

    private static Headroom.Rate rate(RateBucket bucket) {
        return new Headroom.Rate(bucket.limit(), bucket.remaining(), bucket.until(bucket.limit()));
    }

    /** Returns the usage of a period until now. */
    private UsageCount used(BudgetPeriod period, Instant now) {
        var begin = period.begin(day(now));
        var own = ledger.since(begin);
        for (var other : others.get().entrySet()) {
            if (!other.getKey().isBefore(begin)) {
                own = own.plus(other.getValue());
            }
        }
        return own;
    }

    UsageReport report(Limited owner, Instant now) {
        var budget = owner.limits().budget();
        return new UsageReport(
                running,
                used(BudgetPeriod.DAY, now),
                used(BudgetPeriod.MONTH, now),
                Optional.ofNullable(budget).map(one -> reset(one.period(), now)));
    }

    /** Retires it if it is as a new one would be; it must not be used any more then. */
    boolean retire() {
        retired =
                running == 0
                        && reserved == 0
                        && ledger.isEmpty()
                        && isFull(requests)
                        && isFull(tokens);
        return retired;
    }

    boolean isRetired() {
        return retired;
    }

    private static boolean isFull(@Nullable RateBucket bucket) {
        return bucket == null || bucket.remaining() >= bucket.limit();
    }

    static LocalDate day(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC);
    }

    /** Returns the begin of the next period. */
    static Instant reset(BudgetPeriod period, Instant now) {
        return period.next(day(now)).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** Locks all; they are in one order everywhere, a key before its team. */
    static void lock(List<Account> accounts) {
        accounts.forEach(account -> account.lock.lock());
    }

    static void unlock(List<Account> accounts) {
        accounts.reversed().forEach(account -> account.lock.unlock());
    }
}

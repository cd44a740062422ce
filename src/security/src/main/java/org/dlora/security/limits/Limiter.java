package org.dlora.security.limits;

import io.github.bucket4j.TimeMeter;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The limits of keys and teams in effect. A request takes from all of its owners' limits or from
 * none: a place and one request before its body is read, as many tokens as it can use before it is
 * queued, and at its end the rest comes back. So no limit is ever exceeded, however many requests
 * come at once. It waits for nothing but short locks, so event loops call it. Thread-safe.
 */
public final class Limiter {
    private final InstantSource clock;
    private final TimeMeter time;
    private final LimitObserver observer;
    private final LimitsSource limits;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();

    /** Usage of other runs, by owner and day; null until it is known. */
    private volatile @Nullable Map<String, Map<LocalDate, UsageCount>> others;

    /** An owner with the limits in force, and its account. */
    private record Held(Limited owner, Account account) {}

    /**
     * @param clock of days and months
     * @param nanos of rates, monotonic
     * @param limits source of the limits in force
     */
    public Limiter(
            InstantSource clock, LongSupplier nanos, LimitObserver observer, LimitsSource limits) {
        this.clock = clock;
        this.observer = observer;
        this.limits = limits;
        time = new MonotonicTime(nanos);
    }

    /**
     * Lets a request in, by its owners alone: its tokens are reserved once they are known.
     *
     * @param owners its key, and the key's team if it has one
     * @throws LimitExceededException if requests per minute or concurrent requests have no room
     */
    public Admission admit(List<Limited> owners) {
        return told(() -> locked(owners, this::take));
    }

    private Admission take(List<Held> held) {
        check(held, one -> one.account.refusal(one.owner));
        var holds = held.stream().map(one -> one.account.take(one.owner)).toList();
        return new Admission(this, holds, headroom(held, clock.instant()));
    }

    /**
     * Lets a request in whose tokens are known.
     *
     * @param tokens that it can use at most
     * @throws LimitExceededException if a limit has no room for it
     */
    public Admission admit(List<Limited> owners, long tokens) {
        var admission = admit(owners);
        try {
            admission.reserve(tokens);
            return admission;
        } catch (LimitExceededException e) {
            admission.withdraw();
            throw e;
        }
    }

    /**
     * Lets a work in that is no request of its own: it takes tokens alone.
     *
     * @param tokens that it can use at most
     * @throws LimitExceededException if a limit has no room for them
     */
    public Admission admitTokens(List<Limited> owners, long tokens) {
        var admission =
                locked(
                        owners,
                        held ->
                                new Admission(
                                        this,
                                        held.stream()
                                                .map(one -> Hold.ofTokens(one.owner, one.account))
                                                .toList(),
                                        headroom(held, clock.instant())));
        admission.reserve(tokens);
        return admission;
    }

    /** Takes the tokens that an admitted request can use at most. */
    Admission.Reserved reserve(List<Hold> holds, long tokens) {
        var owners = holds.stream().map(Hold::owner).toList();
        return told(() -> locked(owners, held -> reserve(held, holds, tokens)));
    }

    private Admission.Reserved reserve(List<Held> held, List<Hold> holds, long tokens) {
        var now = clock.instant();
        check(held, one -> refusal(one, tokens, now));
        var taken = new ArrayList<Hold>(held.size());
        for (int i = 0; i < held.size(); i++) {
            var one = held.get(i);
            taken.add(one.account.take(one.owner, holds.get(i), tokens));
        }
        return new Admission.Reserved(taken, tokens, headroom(held, now));
    }

    private @Nullable LimitExceededException refusal(Held one, long tokens, Instant now) {
        return others == null && one.owner.limits().budget() != null
                ? new RefusalWriter(one.owner).notReady()
                : one.account.refusal(one.owner, tokens, now);
    }

    private <T> T told(Supplier<T> work) {
        try {
            return work.get();
        } catch (LimitExceededException e) {
            tell(e);
            throw e;
        }
    }

    /** Throws the refusal that holds the longest, if there is one. */
    private static void check(
            List<Held> held, Function<Held, @Nullable LimitExceededException> refusals) {
        LimitExceededException longest = null;
        for (var one : held) {
            var refusal = refusals.apply(one);
            if (refusal != null && (longest == null || refusal.outlasts(longest))) {
                longest = refusal;
            }
        }
        if (longest != null) {
            throw longest;
        }
    }

    private static Headroom headroom(List<Held> held, Instant now) {
        return Headroom.tighter(
                held.stream().map(one -> one.account.headroom(one.owner, now)).toList());
    }

    /** Returns the headroom of a caller. */
    public Headroom headroom(List<Limited> owners) {
        return locked(owners, held -> headroom(held, clock.instant()));
    }

    /** Returns the usage of a key or a team. */
    public UsageReport usage(Limited owner) {
        return locked(
                List.of(owner),
                held -> held.getFirst().account.report(held.getFirst().owner, clock.instant()));
    }

    void settle(List<Hold> holds, long taken, long used) {
        var alerts = new ArrayList<Headroom.Alert>();
        locked(
                holds,
                () -> {
                    var now = clock.instant();
                    for (var hold : holds) {
                        hold.account()
                                .settle(inForce(hold.owner()), hold, taken, used, now)
                                .ifPresent(alerts::add);
                    }
                });
        alerts.forEach(
                alert -> observer.budgetRunsOut(alert.owner(), alert.budget(), alert.used()));
    }

    void withdraw(List<Hold> holds, long taken) {
        locked(holds, () -> holds.forEach(hold -> hold.account().withdraw(hold, taken)));
    }

    /** Tells of a refused request. */
    void tell(LimitExceededException refusal) {
        observer.refused(refusal.owner(), refusal.limit());
    }

    private Limited inForce(Limited owner) {
        return owner.with(limits.inForce(owner));
    }

    private Account account(String owner) {
        return accounts.computeIfAbsent(owner, name -> new Account(time, () -> usedByOthers(name)));
    }

    private Map<LocalDate, UsageCount> usedByOthers(String owner) {
        var known = others;
        return known == null ? Map.of() : known.getOrDefault(owner, Map.of());
    }

    /**
     * Works under the locks of owners. Their limits are looked up under these, so that a call which
     * was authenticated before a change never brings the old ones back.
     */
    private <T> T locked(List<Limited> owners, Function<List<Held>, T> work) {
        while (true) {
            var found = owners.stream().map(owner -> account(owner.owner())).toList();
            Account.lock(found);
            try {
                if (found.stream().noneMatch(Account::isRetired)) {
                    var held = new ArrayList<Held>(owners.size());
                    for (int i = 0; i < found.size(); i++) {
                        var owner = inForce(owners.get(i));
                        found.get(i).limit(owner.limits());
                        held.add(new Held(owner, found.get(i)));
                    }
                    return work.apply(held);
                }
            } finally {
                Account.unlock(found);
            }
        }
    }

    /** Works under the locks of what a request holds: it keeps them from being retired. */
    private static void locked(List<Hold> holds, Runnable work) {
        var accounts = holds.stream().map(Hold::account).toList();
        Account.lock(accounts);
        try {
            work.run();
        } finally {
            Account.unlock(accounts);
        }
    }

    /** Takes over what other runs have used, by owner and day. Budgets hold from then on. */
    void publish(List<UsageStore.Row> rows) {
        var all = new HashMap<String, Map<LocalDate, UsageCount>>();
        for (var row : rows) {
            all.computeIfAbsent(row.owner(), _ -> new HashMap<>())
                    .merge(row.day(), row.count(), UsageCount::plus);
        }
        others = all;
    }

    /** Returns whether it is known what other runs have used, so that budgets hold. */
    public boolean isKnown() {
        return others != null;
    }

    /**
     * Returns the counts that were not taken yet. Days before the last month are forgotten: the
     * clock may go back over the begin of a month.
     */
    List<UsageStore.Row> takeUnwritten() {
        var oldest = oldestDay();
        var rows = new ArrayList<UsageStore.Row>();
        accounts.forEach((owner, account) -> {
            Account.lock(List.of(account));
            try {
                account.ledger
                        .takeUnwritten(oldest)
                        .forEach((day, count) -> rows.add(new UsageStore.Row(owner, day, count)));
                if (account.retire()) {
                    accounts.remove(owner, account);
                }
            } finally {
                Account.unlock(List.of(account));
            }
        });
        return rows;
    }

    /** Gives back rows that could not be written. */
    void giveBack(List<UsageStore.Row> rows) {
        for (var row : rows) {
            var owner = row.owner();
            while (!giveBack(account(owner), row)) {
                // It was retired meanwhile.
            }
        }
    }

    private static boolean giveBack(Account account, UsageStore.Row row) {
        Account.lock(List.of(account));
        try {
            if (!account.isRetired()) {
                account.ledger.giveBack(row.day(), row.count());
            }
            return !account.isRetired();
        } finally {
            Account.unlock(List.of(account));
        }
    }

    /** Returns how many keys and teams it has counts of. */
    int owners() {
        return accounts.size();
    }

    /** Returns the present day. */
    LocalDate day() {
        return Account.day(clock.instant());
    }

    /** Returns the first day of the last month. */
    LocalDate oldestDay() {
        return BudgetPeriod.MONTH.begin(day()).minusMonths(1);
    }
}

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
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The limits of keys and teams in effect. A request takes from all of its owners' limits or from
 * none: at its begin as many tokens as it can use, and at its end the rest comes back. So no limit
 * is ever exceeded, however many requests come at once. It waits for nothing but short locks, so
 * event loops call it. Thread-safe.
 */
public final class Limiter {
    private final InstantSource clock;
    private final TimeMeter time;
    private final LimitObserver observer;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();

    /** What other runs have used, by owner and day; null until it is known. */
    private volatile @Nullable Map<String, Map<LocalDate, UsageCount>> others;

    /**
     * @param clock of days and months
     * @param nanos of rates, monotonic
     */
    public Limiter(InstantSource clock, LongSupplier nanos, LimitObserver observer) {
        this.clock = clock;
        this.observer = observer;
        time =
                new TimeMeter() {
                    @Override
                    public long currentTimeNanos() {
                        return nanos.getAsLong();
                    }

                    @Override
                    public boolean isWallClockBased() {
                        return false;
                    }
                };
    }

    /**
     * Lets a request in.
     *
     * @param owners its key, and the key's team if it has one
     * @param tokens that it can use at most
     * @throws LimitExceededException if a limit has no room for it
     */
    public Admission admit(List<Limited> owners, long tokens) {
        var held = accounts(owners);
        return locked(
                held,
                () -> {
                    var now = clock.instant();
                    var refusal = refusal(owners, held, tokens, now);
                    if (refusal != null) {
                        observer.refused(refusal.owner(), refusal.limit());
                        throw refusal;
                    }
                    held.forEach(account -> account.take(tokens));
                    return new Admission(this, owners, tokens, headroom(owners, held, now));
                });
    }

    private @Nullable LimitExceededException refusal(
            List<Limited> owners, List<Account> held, long tokens, Instant now) {
        LimitExceededException longest = null;
        for (int i = 0; i < held.size(); i++) {
            var owner = owners.get(i);
            held.get(i).limit(owner.quota());
            var refusal =
                    others == null && owner.quota().budget() != null
                            ? new RefusalWriter(owner).notReady()
                            : held.get(i).refusal(owner, tokens, now);
            if (refusal != null && (longest == null || refusal.outlasts(longest))) {
                longest = refusal;
            }
        }
        return longest;
    }

    private static Headroom headroom(List<Limited> owners, List<Account> held, Instant now) {
        var all = new ArrayList<Headroom>();
        for (int i = 0; i < held.size(); i++) {
            all.add(held.get(i).headroom(owners.get(i), now));
        }
        return Headroom.tighter(all);
    }

    /** Returns what is left for a caller. */
    public Headroom headroom(List<Limited> owners) {
        var held = accounts(owners);
        return locked(
                held,
                () -> {
                    for (int i = 0; i < held.size(); i++) {
                        held.get(i).limit(owners.get(i).quota());
                    }
                    return headroom(owners, held, clock.instant());
                });
    }

    /** Returns what a key or a team uses. */
    public UsageReport usage(Limited owner) {
        var held = accounts(List.of(owner));
        return locked(held, () -> held.getFirst().report(owner, clock.instant()));
    }

    void settle(List<Limited> owners, long taken, long used) {
        var held = accounts(owners);
        locked(
                held,
                () -> {
                    var now = clock.instant();
                    for (int i = 0; i < held.size(); i++) {
                        held.get(i)
                                .settle(owners.get(i), taken, used, now)
                                .ifPresent(alert ->
                                        observer.budgetRunsOut(
                                                alert.owner(), alert.budget(), alert.used()));
                    }
                    return held;
                });
    }

    void withdraw(List<Limited> owners, long taken) {
        var held = accounts(owners);
        locked(
                held,
                () -> {
                    held.forEach(account -> account.withdraw(taken));
                    return held;
                });
    }

    /** Tells of a request that rates which servers share have refused. */
    void tell(LimitExceededException refusal) {
        observer.refused(refusal.owner(), refusal.limit());
    }

    private List<Account> accounts(List<Limited> owners) {
        var found = new ArrayList<Account>(owners.size());
        for (var owner : owners) {
            var name = owner.owner();
            found.add(
                    accounts.computeIfAbsent(
                            name, _ -> new Account(time, () -> usedByOthers(name))));
        }
        return found;
    }

    private Map<LocalDate, UsageCount> usedByOthers(String owner) {
        var known = others;
        return known == null ? Map.of() : known.getOrDefault(owner, Map.of());
    }

    private static <T> T locked(List<Account> held, Supplier<T> work) {
        Account.lock(held);
        try {
            return work.get();
        } finally {
            Account.unlock(held);
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

    /** Returns what was counted and not taken yet; days before this month are forgotten. */
    List<UsageStore.Row> takeUnwritten() {
        var month = monthBegin();
        var rows = new ArrayList<UsageStore.Row>();
        accounts.forEach((owner, account) ->
                locked(List.of(account), () -> account.ledger.takeUnwritten(month))
                        .forEach((day, count) -> rows.add(new UsageStore.Row(owner, day, count))));
        return rows;
    }

    /** Gives back rows that could not be written. */
    void giveBack(List<UsageStore.Row> rows) {
        for (var row : rows) {
            var account = accounts.get(row.owner());
            if (account != null) {
                var _ =
                        locked(
                                List.of(account),
                                () -> {
                                    account.ledger.giveBack(row.day(), row.count());
                                    return row;
                                });
            }
        }
    }

    /** Returns the first day of the month. */
    LocalDate monthBegin() {
        return BudgetPeriod.MONTH.begin(Account.day(clock.instant()));
    }
}

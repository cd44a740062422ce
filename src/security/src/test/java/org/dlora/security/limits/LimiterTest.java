package org.dlora.security.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.security.limits.LimitExceededException.Advice;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Limits of keys and teams by a clock that the test turns. */
class LimiterTest {
    private static final Limits NONE = Limits.NONE;

    private final AtomicLong nanos = new AtomicLong();
    private Instant now = Instant.parse("2026-01-30T12:00:00Z");
    private final List<String> told = new ArrayList<>();

    /** Limits that have changed since a call was authenticated. */
    private final Map<String, Limits> changed = new HashMap<>();

    private final Limiter limiter =
            new Limiter(
                    () -> now,
                    nanos::get,
                    new LimitObserver() {
                        @Override
                        public void refused(Limited owner, LimitKind limit) {
                            told.add(owner.owner() + " " + limit.label());
                        }

                        @Override
                        public void budgetRunsOut(Limited owner, TokenBudget budget, long used) {
                            told.add(owner.owner() + " runs out " + used);
                        }
                    },
                    owner -> changed.getOrDefault(owner.owner(), owner.limits()));

    private static Limited key(Limits limits) {
        return new Limited(Limited.Kind.KEY, "k", limits);
    }

    private static Limited team(Limits limits) {
        return new Limited(Limited.Kind.TEAM, "red", limits);
    }

    private static Limits requests(long perMinute) {
        return new Limits(perMinute, null, null, null);
    }

    private static Limits tokens(long perMinute) {
        return new Limits(null, perMinute, null, null);
    }

    private static Limits budget(long tokens, BudgetPeriod period) {
        return new Limits(null, null, null, new TokenBudget(tokens, period, 0.8));
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        now = now.plus(time);
    }

    private Admission admit(long tokens, Limited... owners) {
        return limiter.admit(List.of(owners), tokens);
    }

    private LimitExceededException refused(long tokens, Limited... owners) {
        var refusal =
                catchThrowableOfType(LimitExceededException.class, () -> admit(tokens, owners));
        assertThat(refusal).isNotNull();
        return refusal;
    }

    @Test
    void requestsFillEvenly() {
        var key = key(requests(3));
        for (int i = 0; i < 3; i++) {
            admit(10, key).settle(10);
        }
        var refusal = refused(10, key);
        assertThat(refusal.limit()).isEqualTo(LimitKind.REQUESTS);
        assertThat(refusal.advice()).isEqualTo(Advice.WAIT);
        assertThat(refusal.waitTime()).contains(Duration.ofSeconds(20));
        assertThat(refusal.words())
                .isEqualTo(
                        "Rate limit reached for key k on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.");
        pass(Duration.ofSeconds(20));
        admit(10, key);
        assertThat(refused(10, key).limit()).isEqualTo(LimitKind.REQUESTS);
        assertThat(told).containsExactly("key:k requests", "key:k requests");
    }

    @Test
    void tokensThatWereNotUsedComeBack() {
        var key = key(tokens(100));
        var first = admit(80, key);
        assertThat(first.headroom().tokens())
                .contains(new Headroom.Rate(100, 20, Duration.ofSeconds(48)));
        var refusal = refused(30, key);
        assertThat(refusal.limit()).isEqualTo(LimitKind.TOKENS);
        assertThat(refusal.waitTime()).contains(Duration.ofSeconds(6));
        first.settle(15);
        first.settle(0);
        first.withdraw();
        assertThat(limiter.headroom(List.of(key)).tokens())
                .contains(new Headroom.Rate(100, 85, Duration.ofSeconds(9)));
        admit(85, key);
        assertThat(refused(1, key).waitTime()).contains(Duration.ofMillis(600));
        assertThat(limiter.usage(key).day()).isEqualTo(new UsageCount(1, 15));
    }

    @Test
    void aRequestThatWillNeverFitIsReported() {
        var refusal = refused(101, key(tokens(100)));
        assertThat(refusal.advice()).isEqualTo(Advice.REDUCE);
        assertThat(refusal.waitTime()).isEmpty();
        assertThat(refusal.words())
                .startsWith(
                        "Request too large for key k on tokens per min (TPM): Limit 100, Requested 101.");
        var month = refused(101, team(budget(100, BudgetPeriod.MONTH)));
        assertThat(month.advice()).isEqualTo(Advice.NOT_READY);
        limiter.publish(List.of());
        assertThat(refused(101, team(budget(100, BudgetPeriod.MONTH))).words())
                .contains("more than the whole budget of team 'red', which is 100 tokens a month");
    }

    @Test
    void theKeysAndTheTeamsLimitHold() {
        var key = key(new Limits(2L, 100L, null, null));
        var team = team(new Limits(10L, 50L, null, null));
        var first = admit(40, key, team);
        assertThat(first.headroom().requests().map(Headroom.Rate::remaining)).contains(1L);
        assertThat(first.headroom().tokens().map(Headroom.Rate::limit)).contains(50L);
        var refusal = refused(20, key, team);
        assertThat(refusal.owner()).isEqualTo(team);
        // A refused call takes nothing of either.
        assertThat(limiter.headroom(List.of(key)).requests().map(Headroom.Rate::remaining))
                .contains(1L);
        assertThat(limiter.headroom(List.of(key)).tokens().map(Headroom.Rate::remaining))
                .contains(60L);
        admit(10, key, team);
        assertThat(refused(1, key, team).waitTime()).contains(Duration.ofSeconds(30));
    }

    @Test
    void runningRequestsAreLimited() {
        var key = key(new Limits(10L, null, 2L, null));
        var first = admit(5, key);
        var second = admit(5, key);
        var refusal = refused(5, key);
        assertThat(refusal.limit()).isEqualTo(LimitKind.CONCURRENT);
        assertThat(refusal.words()).contains("concurrent requests: Limit 2, Used 2, Requested 1");
        assertThat(limiter.usage(key).running()).isEqualTo(2);
        first.settle(5);
        first.settle(5);
        second.withdraw();
        assertThat(limiter.usage(key).running()).isZero();
        admit(5, key);
        admit(5, key);
        assertThat(refused(5, key).limit()).isEqualTo(LimitKind.CONCURRENT);
        // The withdrawn one does not count.
        assertThat(limiter.headroom(List.of(key)).requests().map(Headroom.Rate::remaining))
                .contains(7L);
        assertThat(limiter.usage(key).month()).isEqualTo(new UsageCount(1, 5));
    }

    @Test
    void aBudgetHoldsUntilItsPeriodEnds() {
        limiter.publish(List.of());
        var key = key(budget(100, BudgetPeriod.DAY));
        var team = team(budget(150, BudgetPeriod.MONTH));
        var running = admit(60, key, team);
        var held = refused(60, key, team);
        assertThat(held.advice()).isEqualTo(Advice.WAIT);
        assertThat(held.words()).contains("Used 0, Reserved 60, Requested 60");
        running.settle(50);
        admit(50, key, team).settle(50);
        var spent = refused(1, key, team);
        assertThat(spent.limit()).isEqualTo(LimitKind.BUDGET);
        assertThat(spent.advice()).isEqualTo(Advice.NEXT_PERIOD);
        assertThat(spent.waitTime()).contains(Duration.ofHours(12));
        assertThat(spent.words())
                .isEqualTo(
                        "You exceeded your current quota: the budget of key k is 100 tokens a day, 0 are left, and this request can take 1. It begins anew at 2026-01-31T00:00:00Z.");
        pass(Duration.ofHours(12));
        admit(40, key, team).settle(40);
        var month = refused(11, key, team);
        assertThat(month.owner()).isEqualTo(team);
        assertThat(month.words()).contains("10 are left").contains("2026-02-01T00:00:00Z");
        assertThat(limiter.usage(key).day()).isEqualTo(new UsageCount(1, 40));
        assertThat(limiter.usage(key).month()).isEqualTo(new UsageCount(3, 140));
        pass(Duration.ofDays(1));
        admit(100, key, team).settle(100);
        assertThat(limiter.usage(team).month()).isEqualTo(new UsageCount(1, 100));
        assertThat(limiter.usage(team).budgetResets())
                .contains(Instant.parse("2026-03-01T00:00:00Z"));
    }

    @Test
    void anExhaustedBudgetIsReportedOnceInItsPeriod() {
        limiter.publish(List.of());
        var key = key(budget(100, BudgetPeriod.DAY));
        admit(79, key).settle(79);
        assertThat(told).isEmpty();
        assertThat(admit(1, key).headroom().alerts()).isEmpty();
        admit(1, key).settle(1);
        admit(1, key).settle(1);
        assertThat(told).containsExactly("key:k runs out 80");
        assertThat(admit(1, key).headroom().alerts())
                .singleElement()
                .returns(81L, Headroom.Alert::used);
        pass(Duration.ofDays(1));
        admit(90, key).settle(90);
        assertThat(told).containsExactly("key:k runs out 80", "key:k runs out 90");
    }

    @Test
    void budgetsHoldOnlyOnceTheUsedTokensAreKnown() {
        var key = key(budget(100, BudgetPeriod.MONTH));
        assertThat(refused(1, key).advice()).isEqualTo(Advice.NOT_READY);
        admit(1, key(requests(5))).withdraw();
        limiter.publish(
                List.of(
                        row("key:k", "2026-01-02", 50),
                        row("key:k", "2026-01-30", 30),
                        row("key:other", "2026-01-30", 99)));
        assertThat(refused(21, key).words()).contains("20 are left");
        admit(20, key).settle(20);
        assertThat(limiter.usage(key).day().tokens()).isEqualTo(50);
        assertThat(limiter.usage(key).month().tokens()).isEqualTo(100);
    }

    private static UsageStore.Row row(String owner, String day, long tokens) {
        return new UsageStore.Row(owner, LocalDate.parse(day), new UsageCount(1, tokens));
    }

    @Test
    void changedLimitsKeepTheShareThatIsLeft() {
        var before = key(tokens(100));
        admit(50, before).settle(50);
        assertThat(remaining(key(tokens(1000)))).isEqualTo(500);
        assertThat(remaining(key(tokens(10)))).isEqualTo(5);
        assertThat(remaining(key(NONE))).isNull();
        assertThat(remaining(key(tokens(10)))).isEqualTo(10);
    }

    @Test
    void runningRequestsGiveBackTheirShareWhenALimitChanges() {
        var before = key(tokens(100));
        var running = admit(80, before);
        assertThat(remaining(key(tokens(10)))).isEqualTo(2);
        running.settle(40);
        assertThat(remaining(key(tokens(10)))).isEqualTo(6);
        var raised = admit(5, key(tokens(10)));
        assertThat(remaining(key(tokens(1000)))).isEqualTo(100);
        raised.settle(4);
        assertThat(remaining(key(tokens(1000)))).isEqualTo(200);
    }

    @Test
    void runningRequestsGiveNothingBackToALimitThatIsSetAnew() {
        var unlimited = admit(80, key(NONE));
        var before = admit(50, key(tokens(100)));
        assertThat(remaining(key(NONE))).isNull();
        admit(90, key(tokens(100)));
        unlimited.settle(0);
        before.withdraw();
        assertThat(remaining(key(tokens(100)))).isEqualTo(10);
    }

    @Test
    void aRequestLimitThatIsSetAnewTakesNoneBack() {
        var unlimited = admit(1, key(NONE));
        admit(1, key(requests(2)));
        unlimited.withdraw();
        admit(1, key(requests(2)));
        assertThat(refused(1, key(requests(2))).limit()).isEqualTo(LimitKind.REQUESTS);
    }

    /** A call is authenticated before its body is read, and a change may come between. */
    @Test
    void theLimitsInForceDecideNotThoseThatACallKnew() {
        var old = key(tokens(1000));
        changed.put("key:k", tokens(100));
        admit(80, old).settle(80);
        assertThat(remaining(old)).isEqualTo(20);
        assertThat(refused(21, old).words()).contains("Limit 100, Used 80");
        assertThat(told).containsExactly("key:k tokens");
    }

    @Test
    void theBudgetInForceDecidesWhetherItRunsOut() {
        limiter.publish(List.of());
        var old = key(budget(100, BudgetPeriod.DAY));
        var running = admit(90, old);
        changed.put("key:k", budget(1000, BudgetPeriod.DAY));
        running.settle(90);
        assertThat(told).isEmpty();
        admit(800, old).settle(800);
        changed.put("key:k", budget(900, BudgetPeriod.DAY));
        admit(1, old).settle(1);
        assertThat(told).containsExactly("key:k runs out 890");
    }

    /** The clock of a machine may be set back over the begin of a month. */
    @Test
    void theLastMonthIsKnownWhileTheClockMayGoBackToIt() {
        limiter.publish(List.of(row("key:k", "2026-01-02", 7)));
        var key = key(budget(100, BudgetPeriod.MONTH));
        admit(50, key).settle(50);
        pass(Duration.ofDays(2));
        assertThat(limiter.takeUnwritten()).containsExactly(row("key:k", "2026-01-30", 50));
        assertThat(limiter.usage(key).month()).isEqualTo(UsageCount.NONE);
        pass(Duration.ofDays(-2));
        assertThat(limiter.usage(key).month()).isEqualTo(new UsageCount(2, 57));
        admit(1, key).settle(1);
        assertThat(limiter.takeUnwritten())
                .containsExactly(
                        new UsageStore.Row(
                                "key:k", LocalDate.parse("2026-01-30"), new UsageCount(2, 51)));
    }

    @Test
    void anOwnerThatUsesNothingIsForgotten() {
        var key = key(new Limits(null, 100L, 1L, null));
        var running = admit(50, key);
        assertThat(limiter.takeUnwritten()).isEmpty();
        assertThat(refused(1, key).limit()).isEqualTo(LimitKind.CONCURRENT);
        running.withdraw();
        assertThat(limiter.owners()).isEqualTo(1);
        assertThat(limiter.takeUnwritten()).isEmpty();
        assertThat(limiter.owners()).isZero();
        admit(50, key).settle(50);
        limiter.takeUnwritten();
        assertThat(limiter.owners()).isEqualTo(1);
        pass(Duration.ofDays(60));
        limiter.takeUnwritten();
        assertThat(limiter.owners()).isZero();
    }

    private @Nullable Long remaining(Limited owner) {
        return limiter.headroom(List.of(owner)).tokens().map(Headroom.Rate::remaining).orElse(null);
    }

    /** Many calls at once never take more than a limit, whatever they use in the end. */
    @Test
    void limitsHoldUnderManyThreads() throws Exception {
        limiter.publish(List.of());
        int threads = 64;
        var key = key(new Limits(500L, 20_000L, 5L, null));
        var team = team(new Limits(null, null, 4L, new TokenBudget(9_000, BudgetPeriod.DAY, 1)));
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var used = new AtomicLong();
        var admitted = new AtomicInteger();
        var begin = new CyclicBarrier(threads);
        Callable<Integer> client =
                () -> {
                    begin.await();
                    int let = 0;
                    for (int i = 0; i < 50; i++) {
                        try {
                            var admission = admit(100, key, team);
                            most.accumulateAndGet(running.incrementAndGet(), Math::max);
                            Thread.onSpinWait();
                            running.decrementAndGet();
                            admission.settle(i % 100);
                            used.addAndGet(i % 100);
                            let++;
                        } catch (LimitExceededException _) {
                            Thread.onSpinWait();
                        }
                    }
                    admitted.addAndGet(let);
                    return let;
                };
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (var done : pool.invokeAll(Collections.nCopies(threads, client))) {
                done.get();
            }
        }
        assertThat(most.get()).isBetween(1, 4);
        assertThat(admitted.get()).isLessThanOrEqualTo(500);
        assertThat(used.get()).isLessThanOrEqualTo(9_000);
        assertThat(limiter.usage(key).running()).isZero();
        assertThat(limiter.usage(team).day()).isEqualTo(new UsageCount(admitted.get(), used.get()));
        assertThat(limiter.headroom(List.of(key)).tokens().map(Headroom.Rate::remaining))
                .contains(20_000 - used.get());
    }
}

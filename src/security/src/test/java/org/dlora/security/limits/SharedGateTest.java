package org.dlora.security.limits;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.security.limits.SharedGate.Checked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two servers that share rates; the time of the rates stands still. */
class SharedGateTest {
    private static final Duration PATIENT = Duration.ofMinutes(1);
    private static final Limited KEY =
            new Limited(Limited.Kind.KEY, "k", new Limits(10L, 100L, null, null));

    private final AtomicLong nanos = new AtomicLong();
    private final Rates rates = new Rates();
    private final List<SharedGate> gates = new ArrayList<>();

    /** A server of the test. */
    private record Server(Limiter limiter, SharedGate gate) {}

    private @Nullable Checked checked;
    private final Server one = server(PATIENT);
    private final Server two = server(PATIENT);

    private Server server(Duration patience) {
        var limiter =
                new Limiter(() -> Instant.EPOCH, () -> 0, LimitObserver.NONE, Limited::limits);
        var gate = new SharedGate(limiter, rates, nanos::get, patience);
        gates.add(gate);
        return new Server(limiter, gate);
    }

    /** Rates in memory that do not fill; they can be away, or hold every call up. */
    private static final class Rates implements SharedRates {
        private final Map<String, Long> levels = new HashMap<>();
        private int asked;
        private boolean away;
        private volatile @Nullable CountDownLatch held;

        @Override
        public Answer take(List<Claim> claims) {
            hold();
            return take(claims, 1);
        }

        private synchronized Answer take(List<Claim> claims, int sign) {
            asked++;
            if (away) {
                throw new UsageUnavailableException("away", new IllegalStateException());
            }
            boolean fits = claims.stream().allMatch(claim -> level(claim) >= sign * claim.amount());
            var remaining = new ArrayList<Long>();
            for (var claim : claims) {
                if (fits) {
                    levels.put(name(claim), level(claim) - sign * claim.amount());
                }
                remaining.add(level(claim));
            }
            return new Answer(fits, remaining);
        }

        @Override
        public void giveBack(List<Claim> claims) {
            var _ = take(claims, -1);
        }

        private void hold() {
            var latch = held;
            if (latch != null) {
                try {
                    latch.await();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private long level(Claim claim) {
            return levels.getOrDefault(name(claim), claim.limit());
        }

        private static String name(Claim claim) {
            return claim.name() + claim.kind();
        }

        synchronized long tokens() {
            return levels.getOrDefault("key:kTOKENS", 100L);
        }

        synchronized int asked() {
            return asked;
        }

        synchronized void away(boolean isAway) {
            away = isAway;
        }
    }

    @AfterEach
    void close() {
        gates.forEach(SharedGate::close);
    }

    private Admission admit(Server server, long tokens) throws Exception {
        var admission = server.limiter.admit(List.of(KEY), tokens);
        assertThat(server.gate.isAsked(admission)).isTrue();
        checked = server.gate.check(admission).get(1, TimeUnit.MINUTES);
        return admission;
    }

    private void assertLeft(long requests, long tokens) {
        var left = requireNonNull(checked).left();
        assertThat(left.requests().map(Headroom.Rate::remaining)).contains(requests);
        assertThat(left.tokens().map(Headroom.Rate::remaining)).contains(tokens);
    }

    private static long remaining(Server server) {
        return server.limiter.headroom(List.of(KEY)).tokens().orElseThrow().remaining();
    }

    @Test
    void tokensReservedByOneServerAreMissingOnTheOther() throws Exception {
        admit(one, 60);
        assertLeft(9, 40);
        admit(two, 50);
        assertThat(requireNonNull(checked).refusal())
                .hasMessage(
                        "Rate limit reached for key k on tokens per min (TPM): Limit 100, Used 60, Requested 50. Please try again in 6s, or give a smaller 'max_tokens'.");
        assertLeft(9, 40);
        assertThat(remaining(two)).isEqualTo(100);
        assertThat(two.limiter.usage(KEY).running()).isZero();
        admit(two, 40);
        assertThat(requireNonNull(checked).refusal()).isNull();
        assertLeft(8, 0);
        assertThat(rates.tokens()).isZero();
    }

    @Test
    void unusedTokensComeBackForAllOwners() throws Exception {
        var settled = admit(one, 60);
        var withdrawn = admit(two, 30);
        settled.settle(10);
        settled.settle(0);
        withdrawn.withdraw();
        await().atMost(PATIENT).until(() -> rates.tokens() == 90);
        admit(two, 90);
        assertThat(requireNonNull(checked).refusal()).isNull();
    }

    @Test
    void whileTheDatabaseIsAwayEachServerDecides() throws Exception {
        rates.away(true);
        var admission = admit(one, 60);
        assertThat(one.gate.isAsked(admission)).isFalse();
        admission.settle(60);
        assertThat(rates.asked()).isEqualTo(1);
        assertThat(remaining(one)).isEqualTo(40);
        rates.away(false);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        admit(one, 20).settle(20);
        assertThat(rates.tokens()).isEqualTo(80);
    }

    @Test
    void aSlowDatabaseHoldsNoRequestUp() throws Exception {
        var hurried = server(Duration.ofMillis(20));
        var latch = new CountDownLatch(1);
        rates.held = latch;
        var admission = admit(hurried, 60);
        assertThat(hurried.gate.isAsked(admission)).isFalse();
        admission.settle(10);
        // The reservation succeeded late and is returned.
        latch.countDown();
        await().atMost(PATIENT).until(() -> rates.asked() == 2);
        await().atMost(PATIENT).until(() -> rates.tokens() == 90);
    }

    /** Else the answers that nobody waits for keep the database from those that somebody does. */
    @Test
    void questionsThatNobodyWaitsForAreNotAsked() throws Exception {
        var hurried = server(Duration.ofMillis(20));
        var latch = new CountDownLatch(1);
        rates.held = latch;
        for (int i = 0; i < 8; i++) {
            var admission = hurried.limiter.admit(List.of(KEY), 1);
            assertThat(hurried.gate.check(admission).get(1, TimeUnit.MINUTES).refusal()).isNull();
        }
        latch.countDown();
        hurried.gate.close();
        // Questions that the two threads had started with.
        assertThat(rates.asked()).isLessThanOrEqualTo(2);
    }

    @Test
    void aRequestThatHasEndedIsNotAskedFor() throws Exception {
        var admission = one.limiter.admit(List.of(KEY), 1);
        admission.withdraw();
        assertThat(one.gate.check(admission).get(1, TimeUnit.MINUTES).refusal()).isNull();
        assertThat(rates.asked()).isZero();
        assertThat(one.gate.isAsked(one.limiter.admit(List.of(KEY), 1))).isTrue();
    }

    @Test
    void returnedTokensDoNotWaitForPendingReservations() throws Exception {
        var settled = admit(one, 60);
        var latch = new CountDownLatch(1);
        rates.held = latch;
        for (int i = 0; i < 3; i++) {
            var _ = one.gate.check(one.limiter.admit(List.of(KEY), 1));
        }
        settled.settle(10);
        await().atMost(PATIENT).until(() -> rates.tokens() == 90);
        latch.countDown();
    }

    @Test
    void returnedTokensAreMergedWhileTheDatabaseIsSlow() {
        var latch = new CountDownLatch(1);
        var given = new ArrayList<List<SharedRates.Claim>>();
        var slow =
                new SharedRates() {
                    @Override
                    public Answer take(List<Claim> claims) {
                        return new Answer(true, List.of());
                    }

                    @Override
                    public void giveBack(List<Claim> claims) {
                        try {
                            latch.await();
                        } catch (InterruptedException _) {
                            Thread.currentThread().interrupt();
                        }
                        synchronized (given) {
                            given.add(claims);
                        }
                    }
                };
        try (var queue = new GiveBackQueue(slow)) {
            for (int i = 0; i < 5000; i++) {
                queue.add(List.of(new SharedRates.Claim(KEY, LimitKind.TOKENS, 100, 2)));
            }
            latch.countDown();
            await().atMost(PATIENT).until(() -> sum(given) == 10_000);
            assertThat(given).hasSizeLessThanOrEqualTo(2);
        }
    }

    private static long sum(List<List<SharedRates.Claim>> given) {
        synchronized (given) {
            return given.stream().flatMap(List::stream).mapToLong(SharedRates.Claim::amount).sum();
        }
    }
}

package org.dlora.store.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.dlora.security.limits.LimitKind;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.SharedRates.Claim;
import org.dlora.security.limits.UsageUnavailableException;
import org.dlora.store.Database;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shared rates on H2 and on PostgreSQL. */
abstract class RatesContract {
    /** Per minute: the tests take far less than the minute that one takes to fill. */
    private static final long SLOW = 1;

    @TempDir Path home;

    /** Returns the one database of a test, once it is open. */
    abstract Database open();

    private static final Limited KEY = new Limited(Limited.Kind.KEY, "k", Limits.NONE);
    private static final Limited TEAM = new Limited(Limited.Kind.TEAM, "red", Limits.NONE);

    private static Claim requests(Limited owner, long limit, long amount) {
        return new Claim(owner, LimitKind.REQUESTS, limit, amount);
    }

    private static Claim tokens(Limited owner, long limit, long amount) {
        return new Claim(owner, LimitKind.TOKENS, limit, amount);
    }

    @Test
    void allClaimsAreTakenOrNone() {
        try (var database = open()) {
            var rates = new DatabaseRates(database);
            var key = requests(KEY, SLOW, 1);
            var team = tokens(TEAM, 1000, 400);
            assertThat(rates.take(List.of(team, key)).taken()).isTrue();
            var refused = rates.take(List.of(team, key));
            assertThat(refused.taken()).isFalse();
            assertThat(refused.remaining().get(0)).isBetween(600L, 999L);
            assertThat(refused.remaining().get(1)).isZero();
            rates.giveBack(List.of(key));
            assertThat(rates.take(List.of(key, team)).taken()).isTrue();
        }
    }

    @Test
    void aBucketHoldsNoMoreThanItsLimit() {
        try (var database = open()) {
            var rates = new DatabaseRates(database);
            rates.giveBack(List.of(tokens(KEY, 100, 50)));
            assertThat(rates.take(List.of(tokens(KEY, 100, 101))).remaining())
                    .containsExactly(100L);
            assertThat(rates.take(List.of(tokens(KEY, 40, 1))).remaining()).containsExactly(39L);
        }
    }

    /** A bucket fills by a sixtieth in a second, so the tests leave it some. */
    @Test
    void aLimitThatChangesKeepsTheShareThatIsLeft() {
        try (var database = open()) {
            var rates = new DatabaseRates(database);
            rates.take(List.of(tokens(KEY, 1000, 800)));
            assertThat(rates.take(List.of(tokens(KEY, 100, 101))).remaining().getFirst())
                    .isBetween(20L, 50L);
            assertThat(rates.take(List.of(tokens(KEY, 10_000, 10_001))).remaining().getFirst())
                    .isBetween(2000L, 5000L);
        }
    }

    @Test
    void tokensTakenBeforeAChangeComeBackByTheirShare() {
        try (var database = open()) {
            var rates = new DatabaseRates(database);
            rates.take(List.of(tokens(KEY, 1000, 1000)));
            rates.take(List.of(tokens(KEY, 100, 101)));
            rates.giveBack(List.of(tokens(KEY, 1000, 400)));
            assertThat(rates.take(List.of(tokens(KEY, 100, 101))).remaining().getFirst())
                    .isBetween(40L, 80L);
        }
    }

    /** The buckets are made by whoever comes first. */
    @Test
    void concurrentClaimsNeverTakeTheSameTokens() throws Exception {
        try (var database = open()) {
            var rates = new DatabaseRates(database);
            var tries = new ArrayList<Callable<Boolean>>();
            for (int i = 0; i < 16; i++) {
                var claims =
                        new ArrayList<>(List.of(requests(KEY, SLOW, 1), requests(TEAM, SLOW, 1)));
                if (i % 2 == 0) {
                    Collections.reverse(claims);
                }
                tries.add(() -> take(rates, claims));
            }
            int taken = 0;
            long begin = System.nanoTime();
            try (var pool = Executors.newFixedThreadPool(4)) {
                for (var done : pool.invokeAll(tries)) {
                    taken += done.get() ? 1 : 0;
                }
            }
            int filled = (int) ((System.nanoTime() - begin) / 60_000_000_000L);
            assertThat(taken).isBetween(1, 1 + filled);
        }
    }

    /** A busy machine may have a query wait longer than the pool does. */
    private static boolean take(DatabaseRates rates, List<Claim> claims) {
        while (true) {
            try {
                return rates.take(claims).taken();
            } catch (UsageUnavailableException _) {
                Thread.onSpinWait();
            }
        }
    }
}

package org.dlora.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MemoryLedgerTest {
    private static final long MB = 1 << 20;

    @Test
    void refusalGivesTheSizesAndWhatTakesTheRest() {
        var ledger = new MemoryLedger(512 * MB);
        ledger.reserve(MemoryUse.HEAP, 384 * MB);
        ledger.reserve(MemoryUse.ADAPTERS, 120 * MB + 1);
        assertThatExceptionOfType(MemoryFullException.class)
                .isThrownBy(() -> ledger.reserve(MemoryUse.ADAPTERS, 12 * MB + 1))
                .withMessage(
                        "13MB are needed, and 8191KB of 512MB are available; the rest is taken by"
                                + " the Java heap (384MB), adapters (121MB)");
        assertThat(ledger.available()).isEqualTo(8 * MB - 1);
    }

    @Test
    void exactlyWhatIsAvailableFits() {
        var ledger = new MemoryLedger(100);
        try (var all = ledger.reserve(MemoryUse.KV_CACHE, 100)) {
            assertThat(all.bytes()).isEqualTo(100);
            assertThat(ledger.available()).isZero();
            assertThatExceptionOfType(MemoryFullException.class)
                    .isThrownBy(() -> ledger.reserve(MemoryUse.ADAPTERS, 1));
        }
        assertThat(ledger.available()).isEqualTo(100);
    }

    @Test
    void correctionBeyondTheLimitIsBookedAndLeavesNothing() {
        var ledger = new MemoryLedger(100);
        var reservation = ledger.reserve(MemoryUse.WEIGHTS, 90);
        reservation.correct(110);
        assertThat(ledger.taken()).isEqualTo(110);
        assertThat(ledger.available()).isZero();
        reservation.close();
        assertThat(ledger.taken()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> reservation.correct(1));
    }

    @Test
    void sizesBelowZeroAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new MemoryLedger(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MemoryLedger(1).reserve(MemoryUse.HEAP, -1));
    }

    @Property(tries = 500)
    void booksAreTheSumOfOpenReservationsAndBalanceToZero(
            @ForAll @IntRange(max = 1000) int limit, @ForAll long seed) {
        var random = new Random(seed);
        var ledger = new MemoryLedger(limit);
        var open = new ArrayList<MemoryReservation>();
        for (int i = 0; i < 100; i++) {
            switch (random.nextInt(open.isEmpty() ? 1 : 4)) {
                case 0 -> reserve(ledger, random, open);
                case 2 -> grow(ledger, random, open.get(random.nextInt(open.size())));
                case 1 -> {
                    var one = open.get(random.nextInt(open.size()));
                    one.correct(random.nextLong(one.bytes() + 1));
                }
                default -> {
                    var one = open.remove(random.nextInt(open.size()));
                    one.close();
                    one.close();
                }
            }
            long sum = open.stream().mapToLong(MemoryReservation::bytes).sum();
            assertThat(ledger.taken()).isEqualTo(sum).isLessThanOrEqualTo(limit);
            assertThat(ledger.available()).isEqualTo(limit - sum);
        }
        open.forEach(MemoryReservation::close);
        for (var use : MemoryUse.values()) {
            assertThat(ledger.taken(use)).isZero();
        }
    }

    private static void reserve(MemoryLedger ledger, Random random, List<MemoryReservation> open) {
        var uses = MemoryUse.values();
        var use = uses[random.nextInt(uses.length)];
        long bytes = random.nextLong(300);
        long available = ledger.available();
        try {
            open.add(ledger.reserve(use, bytes));
            assertThat(bytes).isLessThanOrEqualTo(available);
        } catch (MemoryFullException _) {
            assertThat(bytes).isGreaterThan(available);
        }
    }

    private static void grow(MemoryLedger ledger, Random random, MemoryReservation one) {
        long bytes = random.nextLong(300);
        long available = ledger.available();
        long before = one.bytes();
        try {
            one.grow(bytes);
            assertThat(one.bytes()).isEqualTo(before + bytes);
        } catch (MemoryFullException _) {
            assertThat(bytes).isGreaterThan(available);
            assertThat(one.bytes()).isEqualTo(before);
        }
    }

    @Test
    void threadsNeverTakeTheSameBytes() throws Exception {
        int threads = 8;
        var ledger = new MemoryLedger(3 * 10);
        var together = new CyclicBarrier(threads);
        Callable<Boolean> load =
                () -> {
                    together.await();
                    try {
                        ledger.reserve(MemoryUse.ADAPTERS, 10);
                        return true;
                    } catch (MemoryFullException _) {
                        return false;
                    }
                };
        try (var clients = Executors.newFixedThreadPool(threads)) {
            var granted = new ArrayList<Future<Boolean>>();
            for (int i = 0; i < threads; i++) {
                granted.add(clients.submit(load));
            }
            int count = 0;
            for (var one : granted) {
                count += one.get() ? 1 : 0;
            }
            assertThat(count).isEqualTo(3);
        }
        assertThat(ledger.available()).isZero();
    }
}

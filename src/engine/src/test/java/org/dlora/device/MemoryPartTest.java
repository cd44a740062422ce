package org.dlora.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collection;
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

/** Parts of a {@link MemoryLedger}, which are limited by themselves and by the whole. */
class MemoryPartTest {
    private static final long MB = 1 << 20;

    @Test
    void theWholeCountsTheBytesOfItsPart() {
        var whole = new MemoryLedger(100);
        var part = whole.part(60);
        whole.reserve(MemoryUse.WEIGHTS, 10);
        part.reserve(MemoryUse.ADAPTERS, 25);
        assertThat(part.limit()).isEqualTo(60);
        assertThat(part.taken()).isEqualTo(25);
        assertThat(part.taken(MemoryUse.WEIGHTS)).isZero();
        assertThat(whole.taken()).isEqualTo(35);
        assertThat(whole.taken(MemoryUse.ADAPTERS)).isEqualTo(25);
        assertThat(part.available()).isEqualTo(35);
        assertThat(whole.available()).isEqualTo(65);
    }

    @Test
    void refusalByThePartNamesItsOwnSizes() {
        var whole = new MemoryLedger(1000 * MB);
        var part = whole.part(60 * MB);
        part.reserve(MemoryUse.KV_CACHE, 40 * MB);
        whole.reserve(MemoryUse.HEAP, 300 * MB);
        assertThatExceptionOfType(MemoryFullException.class)
                .isThrownBy(() -> part.reserve(MemoryUse.ADAPTERS, 21 * MB))
                .withMessage(
                        "21MB are needed, and 20MB of 60MB are available; the rest is taken by KV"
                                + " caches (40MB)");
        assertThat(part.taken()).isEqualTo(40 * MB);
        assertThat(whole.taken()).isEqualTo(340 * MB);
    }

    @Test
    void refusalByTheWholeNamesTheSizesOfTheWhole() {
        var whole = new MemoryLedger(1000 * MB);
        var part = whole.part(600 * MB);
        whole.reserve(MemoryUse.HEAP, 990 * MB);
        assertThat(part.available()).isEqualTo(10 * MB);
        assertThatExceptionOfType(MemoryFullException.class)
                .isThrownBy(() -> part.reserve(MemoryUse.ADAPTERS, 11 * MB))
                .withMessage(
                        "11MB are needed, and 10MB of 1000MB are available; the rest is taken by"
                                + " the Java heap (990MB)");
        assertThat(part.taken()).isZero();
        assertThat(part.taken(MemoryUse.ADAPTERS)).isZero();
        assertThat(whole.taken()).isEqualTo(990 * MB);
        assertThat(part.reserve(MemoryUse.ADAPTERS, 10 * MB).bytes()).isEqualTo(10 * MB);
    }

    @Test
    void growingThatFailsLeavesBothAsTheyWere() {
        var whole = new MemoryLedger(100);
        var part = whole.part(60);
        var one = part.reserve(MemoryUse.ADAPTERS, 20);
        assertThatExceptionOfType(MemoryFullException.class).isThrownBy(() -> one.grow(41));
        whole.reserve(MemoryUse.WEIGHTS, 70);
        assertThatExceptionOfType(MemoryFullException.class).isThrownBy(() -> one.grow(11));
        assertThat(one.bytes()).isEqualTo(20);
        assertThat(part.taken()).isEqualTo(20);
        assertThat(whole.taken()).isEqualTo(90);
        one.grow(10);
        assertThat(part.taken()).isEqualTo(30);
        assertThat(whole.taken()).isEqualTo(100);
    }

    @Test
    void correctionsAndClosesReachTheWholeAlsoBeyondTheLimits() {
        var whole = new MemoryLedger(100);
        var part = whole.part(60);
        var one = part.reserve(MemoryUse.ADAPTERS, 50);
        one.correct(40);
        assertThat(whole.taken(MemoryUse.ADAPTERS)).isEqualTo(40);
        one.correct(130);
        assertThat(part.taken()).isEqualTo(130);
        assertThat(whole.taken()).isEqualTo(130);
        assertThat(part.available()).isZero();
        assertThat(whole.available()).isZero();
        one.close();
        one.close();
        assertThat(part.taken()).isZero();
        assertThat(whole.taken()).isZero();
        assertThat(part.available()).isEqualTo(60);
    }

    @Test
    void partMayBeLargerThanTheWholeOrHaveParts() {
        var whole = new MemoryLedger(100);
        assertThat(whole.part(1000).available()).isEqualTo(100);
        var inner = whole.part(80).part(90);
        assertThat(inner.available()).isEqualTo(80);
        inner.reserve(MemoryUse.ADAPTERS, 80);
        assertThat(whole.available()).isEqualTo(20);
        assertThatIllegalArgumentException().isThrownBy(() -> whole.part(-1));
        assertThat(MemoryLedger.unlimited().part(7).available()).isEqualTo(7);
    }

    @Property(tries = 500)
    void wholeTakesTheSumOfItsPartsAndItsOwn(
            @ForAll @IntRange(max = 1000) int limit, @ForAll long seed) {
        var random = new Random(seed);
        var whole = new MemoryLedger(limit);
        var books = new ArrayList<>(List.of(whole));
        var open = new ArrayList<List<MemoryReservation>>();
        open.add(new ArrayList<>());
        for (int parts = 1 + random.nextInt(3); parts > 0; parts--) {
            books.add(whole.part(random.nextInt(limit + 1)));
            open.add(new ArrayList<>());
        }
        for (int i = 0; i < 100; i++) {
            int which = random.nextInt(books.size());
            operate(books.get(which), open.get(which), random);
            for (int b = 1; b < books.size(); b++) {
                var part = books.get(b);
                assertThat(part.taken())
                        .isEqualTo(bytes(open.get(b)))
                        .isLessThanOrEqualTo(part.limit());
                assertThat(part.available())
                        .isEqualTo(Math.min(part.limit() - part.taken(), whole.available()));
            }
            assertThat(whole.taken())
                    .isEqualTo(open.stream().mapToLong(MemoryPartTest::bytes).sum())
                    .isLessThanOrEqualTo(limit);
        }
        open.stream().flatMap(Collection::stream).forEach(MemoryReservation::close);
        books.forEach(one -> assertThat(one.taken()).isZero());
    }

    private static long bytes(List<MemoryReservation> open) {
        return open.stream().mapToLong(MemoryReservation::bytes).sum();
    }

    private static void operate(MemoryLedger books, List<MemoryReservation> open, Random random) {
        long bytes = random.nextLong(300);
        long available = books.available();
        switch (random.nextInt(open.isEmpty() ? 1 : 4)) {
            case 0 -> {
                try {
                    open.add(books.reserve(MemoryUse.ADAPTERS, bytes));
                    assertThat(bytes).isLessThanOrEqualTo(available);
                } catch (MemoryFullException _) {
                    assertThat(bytes).isGreaterThan(available);
                }
            }
            case 1 -> {
                try {
                    open.getFirst().grow(bytes);
                    assertThat(bytes).isLessThanOrEqualTo(available);
                } catch (MemoryFullException _) {
                    assertThat(bytes).isGreaterThan(available);
                }
            }
            case 2 -> open.getFirst().correct(random.nextLong(open.getFirst().bytes() + 1));
            default -> open.removeLast().close();
        }
    }

    @Test
    void threadsOfTwoPartsNeverTakeTheSameBytesOfTheWhole() throws Exception {
        int threads = 8;
        var whole = new MemoryLedger(3 * 10);
        var parts = List.of(whole.part(3 * 10), whole.part(2 * 10));
        var together = new CyclicBarrier(threads);
        try (var clients = Executors.newFixedThreadPool(threads)) {
            var granted = new ArrayList<Future<Boolean>>();
            for (int i = 0; i < threads; i++) {
                var part = parts.get(i % 2);
                Callable<Boolean> load =
                        () -> {
                            together.await();
                            try {
                                part.reserve(MemoryUse.ADAPTERS, 10);
                                return true;
                            } catch (MemoryFullException _) {
                                return false;
                            }
                        };
                granted.add(clients.submit(load));
            }
            int count = 0;
            for (var one : granted) {
                count += one.get() ? 1 : 0;
            }
            assertThat(count).isEqualTo(3);
        }
        assertThat(whole.available()).isZero();
        assertThat(parts.getFirst().taken() + parts.getLast().taken()).isEqualTo(30);
    }

    @Test
    void theTighterLimitIsTheBound() {
        var whole = new MemoryLedger(100);
        var part = whole.part(60, new MemoryBound("dlora.memory"));
        assertThat(part.bound().order()).isEqualTo("set dlora.memory to more");
        assertThat(part.bound().remedy()).isEqualTo("a larger dlora.memory");
        try (var _ = whole.reserve(MemoryUse.HEAP, 50)) {
            assertThat(part.bound()).isEqualTo(MemoryBound.MACHINE);
        }
        assertThat(whole.bound().order()).isEqualTo("give the Java heap less (-Xmx)");
    }
}

package org.dlora.security.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Used tokens are written beside serving, and none is lost while the database is away. */
class UsageWriterTest {
    private static final Limited KEY =
            new Limited(
                    Limited.Kind.KEY,
                    "k",
                    new Limits(null, null, null, new TokenBudget(100, BudgetPeriod.MONTH, 1)));

    private Instant now = Instant.parse("2026-01-31T23:59:00Z");
    private final Limiter limiter =
            new Limiter(() -> now, () -> 0, LimitObserver.NONE, Limited::limits);
    private final Store store = new Store();

    /** Notes what is written, and can be away. */
    private static final class Store implements UsageStore {
        private final List<Row> others = new ArrayList<>();
        private final List<Row> written = new ArrayList<>();
        private final List<LocalDate> reads = new ArrayList<>();
        private final List<LocalDate> merges = new ArrayList<>();
        private boolean away;

        @Override
        public synchronized void write(List<Row> rows) {
            come();
            written.addAll(rows);
        }

        @Override
        public synchronized List<Row> read(LocalDate since) {
            come();
            reads.add(since);
            return others.stream().filter(row -> !row.day().isBefore(since)).toList();
        }

        @Override
        public synchronized void forget(LocalDate before) {
            come();
            others.removeIf(row -> row.day().isBefore(before));
        }

        @Override
        public synchronized void merge(LocalDate today) {
            come();
            merges.add(today);
        }

        synchronized void away(boolean isAway) {
            away = isAway;
        }

        synchronized List<Row> written() {
            return List.copyOf(written);
        }

        private void come() {
            if (away) {
                throw new UsageUnavailableException("away", new IllegalStateException());
            }
        }
    }

    private void use(long tokens) {
        limiter.admit(List.of(KEY), tokens).settle(tokens);
    }

    private static UsageStore.Row row(String day, long requests, long tokens) {
        return new UsageStore.Row("key:k", LocalDate.parse(day), new UsageCount(requests, tokens));
    }

    @Test
    void countsAreWrittenWholeAndOnlyWhenTheyChange() {
        limiter.publish(List.of());
        var writer = new UsageWriter(limiter, store);
        use(10);
        writer.write();
        writer.write();
        use(5);
        now = now.plusSeconds(120);
        use(7);
        writer.write();
        writer.close();
        assertThat(store.written())
                .containsExactlyInAnyOrder(
                        row("2026-01-31", 1, 10),
                        row("2026-01-31", 2, 15),
                        row("2026-02-01", 1, 7));
        assertThat(limiter.usage(KEY).month()).isEqualTo(new UsageCount(1, 7));
    }

    @Test
    void unwrittenRowsAreWrittenLater() {
        limiter.publish(List.of());
        var writer = new UsageWriter(limiter, store);
        use(10);
        store.away(true);
        assertThatExceptionOfType(UsageUnavailableException.class).isThrownBy(writer::write);
        use(5);
        assertThatExceptionOfType(UsageUnavailableException.class).isThrownBy(writer::write);
        store.away(false);
        writer.write();
        writer.close();
        assertThat(store.written()).containsExactly(row("2026-01-31", 2, 15));
    }

    @Test
    void aStartReadsWhatWasUsedAndAnEndWritesTheRest() {
        store.others.add(row("2025-11-30", 9, 90));
        store.others.add(row("2025-12-31", 9, 90));
        store.others.add(row("2026-01-01", 3, 60));
        try (var writer = new UsageWriter(limiter, store)) {
            writer.start(false);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> limiter.usage(KEY).month().tokens() == 60);
            use(30);
        }
        assertThat(store.written()).contains(row("2026-01-31", 1, 30));
        assertThat(store.others).hasSize(2);
        assertThat(store.reads).containsExactly(LocalDate.parse("2025-12-01"));
        assertThatExceptionOfType(LimitExceededException.class).isThrownBy(() -> use(11));
    }

    /** The table has a row for each day, owner and run, so it is not read whole every time. */
    @Test
    void countsOfOtherServersAreReadWholeOnceADay() {
        try (var writer = new UsageWriter(limiter, store)) {
            store.others.add(row("2025-11-30", 1, 1));
            store.others.add(row("2026-01-02", 1, 10));
            writer.work(true);
            store.others.add(row("2026-01-31", 1, 5));
            writer.work(true);
            assertThat(limiter.usage(KEY).month()).isEqualTo(new UsageCount(2, 15));
            now = now.plusSeconds(120);
            store.others.add(row("2026-02-01", 1, 3));
            writer.work(true);
            assertThat(limiter.usage(KEY).month()).isEqualTo(new UsageCount(1, 3));
            assertThat(store.reads)
                    .containsExactly(
                            LocalDate.parse("2025-12-01"),
                            LocalDate.parse("2026-01-30"),
                            LocalDate.parse("2026-01-01"));
            assertThat(store.others).hasSize(3);
            assertThat(store.merges)
                    .containsExactly(LocalDate.parse("2026-01-31"), LocalDate.parse("2026-02-01"));
        }
    }
}

package org.dlora.store.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import jakarta.persistence.EntityManagerFactory;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.dlora.security.limits.UsageCount;
import org.dlora.security.limits.UsageStore.Row;
import org.dlora.security.limits.UsageUnavailableException;
import org.dlora.store.Database;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Used tokens on H2 and on PostgreSQL. */
abstract class UsageContract {
    private static final LocalDate DAY = LocalDate.parse("2026-01-31");

    @TempDir Path home;

    /** Returns the one database of a test, once it is open. */
    abstract Database open();

    private static Row row(String owner, LocalDate day, long requests, long tokens) {
        return new Row(owner, day, new UsageCount(requests, tokens));
    }

    @Test
    void eachRunHasItsOwnCountsAndReadsThoseOfOthers() {
        try (var database = open()) {
            var first = new DatabaseUsage(database);
            var second = new DatabaseUsage(database);
            first.write(List.of(row("key:k", DAY, 1, 10), row("team:red", DAY, 1, 10)));
            first.write(List.of(row("key:k", DAY, 2, 30), row("key:k", DAY.plusDays(1), 1, 5)));
            first.write(List.of(row("key:k", DAY, 2, 30)));
            second.write(List.of(row("key:k", DAY, 7, 70)));
            assertThat(first.read(DAY)).containsExactly(row("key:k", DAY, 7, 70));
            assertThat(second.read(DAY))
                    .containsExactlyInAnyOrder(
                            row("key:k", DAY, 2, 30),
                            row("key:k", DAY.plusDays(1), 1, 5),
                            row("team:red", DAY, 1, 10));
            assertThat(second.read(DAY.plusDays(1)))
                    .containsExactly(row("key:k", DAY.plusDays(1), 1, 5));
            var third = new DatabaseUsage(database);
            assertThat(third.read(DAY)).contains(row("key:k", DAY, 9, 100));
            third.forget(DAY.plusDays(1));
            assertThat(third.read(DAY)).containsExactly(row("key:k", DAY.plusDays(1), 1, 5));
        }
    }

    @Test
    void aCountNeverShrinks() {
        try (var database = open()) {
            var usage = new DatabaseUsage(database);
            usage.write(List.of(row("key:k", DAY, 5, 50)));
            usage.write(List.of(row("key:k", DAY, 1, 10), row("team:red", DAY, 1, 10)));
            assertThat(new DatabaseUsage(database).read(DAY))
                    .containsExactlyInAnyOrder(
                            row("key:k", DAY, 5, 50), row("team:red", DAY, 1, 10));
        }
    }

    /** Ten runs that have ended, and one more. */
    private static DatabaseUsage afterTenRuns(Database database) {
        for (int i = 0; i < 10; i++) {
            new DatabaseUsage(database)
                    .write(
                            List.of(
                                    row("key:k", DAY, 1, 10),
                                    row("key:k", DAY.plusDays(1), 2, 20),
                                    row("team:red", DAY, 1, 10)));
        }
        return new DatabaseUsage(database);
    }

    private static final Row[] SUMS = {
        row("key:k", DAY, 10, 100),
        row("key:k", DAY.plusDays(1), 20, 200),
        row("team:red", DAY, 10, 100)
    };

    static long rows(Database database) {
        return database.with(
                EntityManagerFactory.class,
                factory -> {
                    try (var entities = factory.createEntityManager()) {
                        return entities.createQuery(
                                        "select count(u) from TokenUsageRow u", Long.class)
                                .getSingleResult();
                    }
                });
    }

    @Test
    void endedRunsAreMerged() {
        try (var database = open()) {
            var usage = afterTenRuns(database);
            assertThat(rows(database)).isEqualTo(30);
            var later = DAY.plusDays(20);
            usage.merge(later);
            assertThat(rows(database)).isLessThanOrEqualTo(4);
            assertThat(usage.read(DAY)).containsExactlyInAnyOrder(SUMS);
            long before = rows(database);
            usage.merge(later);
            assertThat(rows(database)).isEqualTo(before);
            usage.write(List.of(row("key:k", DAY, 1, 1)));
            assertThat(new DatabaseUsage(database).read(DAY)).contains(row("key:k", DAY, 11, 101));
        }
    }

    @Test
    void serversThatMergeAtOnceCountNothingTwice() throws Exception {
        try (var database = open();
                var threads = Executors.newFixedThreadPool(2)) {
            afterTenRuns(database);
            var together = new CyclicBarrier(2);
            Callable<Boolean> merge =
                    () -> {
                        var usage = new DatabaseUsage(database);
                        together.await();
                        usage.merge(DAY.plusDays(20));
                        return true;
                    };
            for (var done : threads.invokeAll(List.of(merge, merge))) {
                assertThat(done.get()).isTrue();
            }
            assertThat(new DatabaseUsage(database).read(DAY)).containsExactlyInAnyOrder(SUMS);
            assertThat(rows(database)).isLessThanOrEqualTo(5);
        }
    }

    @Test
    void countsAreThereAfterTheNextStart() {
        try (var database = open()) {
            new DatabaseUsage(database).write(List.of(row("key:k", DAY, 1, Long.MAX_VALUE / 4)));
        }
        try (var database = open()) {
            assertThat(new DatabaseUsage(database).read(DAY))
                    .containsExactly(row("key:k", DAY, 1, Long.MAX_VALUE / 4));
        }
    }

    @Test
    void aDatabaseThatIsAwayIsSaid() {
        var database = open();
        database.close();
        assertThatExceptionOfType(UsageUnavailableException.class)
                .isThrownBy(() -> new DatabaseUsage(database).read(DAY))
                .withMessageContaining("The database cannot be reached");
    }
}

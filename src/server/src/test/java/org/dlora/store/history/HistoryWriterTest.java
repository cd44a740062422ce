package org.dlora.store.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.dlora.catalogue.history.Page;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.cluster.facts.TestTraces;
import org.dlora.store.Database;
import org.dlora.store.TestDatabase;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The queue of the history while the database is away. */
class HistoryWriterTest {
    private static final Page FIRST = new Page(null, 1000, null, null);

    @TempDir Path home;
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    @Test
    void rowsWaitForADatabaseThatComesLater() {
        try (var database = TestDatabase.unopened(home);
                var history = history(database, 10_000)) {
            end(history, 300);
            assertThatThrownBy(() -> history.requests(HistoryContract.ALL, FIRST))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThat(metrics.counter("dlora.history.written").count()).isZero();

            database.start();

            awaitWritten(300);
            assertThat(history.requests(HistoryContract.ALL, FIRST)).hasSize(300);
            assertThat(metrics.counter("dlora.history.dropped").count()).isZero();
        }
    }

    /** Counter of the times that a sum over an hour was to be changed. */
    public static final class Additions implements StatementInspector {
        private static final long serialVersionUID = 1;
        private static final AtomicInteger BEGUN = new AtomicInteger();

        @Override
        public String inspect(String sql) {
            if (sql.startsWith("update usage_hour")) {
                BEGUN.incrementAndGet();
            }
            return sql;
        }
    }

    @Test
    void rowsWaitWhileAnotherServerHoldsTheirSums() throws Exception {
        try (var database = TestDatabase.h2(home, Additions.class);
                var history = history(database, 10_000)) {
            end(history, 1);
            awaitWritten(1);
            DataSource source = database.with(DataSource.class, it -> it);
            try (var other = source.getConnection();
                    var statement = other.createStatement()) {
                other.setAutoCommit(false);
                assertThat(statement.executeUpdate("update usage_hour set failed = failed"))
                        .isOne();
                int before = Additions.BEGUN.get();
                end(history, 3);
                // Two of these have waited in vain: for the batch, and for its first row.
                await().atMost(Duration.ofMinutes(2))
                        .until(() -> Additions.BEGUN.get() >= before + 3);
                other.rollback();
            }
            awaitWritten(4);
            assertThat(history.requests(HistoryContract.ALL, FIRST)).hasSize(4);
            assertThat(metrics.counter("dlora.history.failed").count()).isZero();
        }
    }

    private void awaitWritten(int rows) {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> metrics.counter("dlora.history.written").count() == rows);
    }

    @Test
    void rowsBeyondTheQueueAreCountedAndTheRestIsKept() throws Exception {
        var isMade = new CountDownLatch(1);
        try (var database = TestDatabase.unopened(home);
                var writer = new HistoryWriter(database, settings(50, 10_000), metrics)) {
            writer.start();
            writer.add(
                    new WaitingRow(
                            1,
                            () -> {
                                isMade.countDown();
                                return HistoryContract.row(1000, "first");
                            }));
            // The writer makes rows once its batch is gathered, then waits for the database with
            // it.
            assertThat(isMade.await(2, TimeUnit.MINUTES)).isTrue();
            for (int i = 0; i < 500; i++) {
                long key = i;
                writer.add(new WaitingRow(1, () -> HistoryContract.row(key, "r" + key)));
            }
            assertThat(metrics.counter("dlora.history.dropped").count()).isEqualTo(450);

            database.start();

            awaitWritten(51);
            assertThat(metrics.counter("dlora.history.dropped").count()).isEqualTo(450);
        }
    }

    @Test
    void rowsThatExceedTheBytesOfTheQueueAreDropped() {
        try (var database = TestDatabase.unopened(home);
                var writer = new HistoryWriter(database, settings(10_000, 10_000), metrics)) {
            for (int i = 0; i < 3; i++) {
                writer.add(new WaitingRow(4000, () -> fail("is made by the writer alone")));
            }
            assertThat(metrics.counter("dlora.history.dropped").count()).isEqualTo(1);
            assertThat(metrics.get("dlora.history.queue").gauge().value()).isEqualTo(2);
        }
    }

    @Test
    void rowsAreMadeByTheWriter() {
        var makers = new ConcurrentLinkedQueue<String>();
        try (var database = TestDatabase.h2(home);
                var writer = new HistoryWriter(database, settings(10, 10_000), metrics)) {
            writer.add(
                    new WaitingRow(
                            1,
                            () -> {
                                makers.add(Thread.currentThread().getName());
                                throw new IllegalStateException("cannot be made");
                            }));
            writer.add(
                    new WaitingRow(
                            1,
                            () -> {
                                makers.add(Thread.currentThread().getName());
                                return HistoryContract.row(1, "r1");
                            }));
            writer.start();
            awaitWritten(1);
        }
        assertThat(makers).containsExactly("history", "history");
        assertThat(metrics.counter("dlora.history.failed").count()).isEqualTo(1);
    }

    /** Holds the second removal of requests. */
    public static final class Removals implements StatementInspector {
        private static final long serialVersionUID = 1;
        private static final AtomicInteger BEGUN = new AtomicInteger();
        private static final CountDownLatch HELD = new CountDownLatch(1);
        private static final CountDownLatch GO = new CountDownLatch(1);

        @Override
        public String inspect(String sql) {
            if (sql.startsWith("delete from request ") && BEGUN.incrementAndGet() == 2) {
                HELD.countDown();
                try {
                    assertThat(GO.await(2, TimeUnit.MINUTES)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return sql;
        }
    }

    @Test
    void rowsAreWrittenWhileOldOnesAreRemovedInSlices() throws Exception {
        try (var database = TestDatabase.h2(home, Removals.class)) {
            var old = new ArrayList<Row>();
            for (int i = 0; i < 2 * HistoryTables.SLICE + 1; i++) {
                old.add(HistoryContract.row(i, "r" + i));
            }
            int filled = database.with(HistoryTables.class, tables -> tables.write(old));
            assertThat(filled).isEqualTo(old.size());
            try (var history = history(database, 10_000)) {
                assertThat(Removals.HELD.await(2, TimeUnit.MINUTES)).isTrue();
                end(history, 3);
                awaitWritten(3);
                Removals.GO.countDown();
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> history.requests(HistoryContract.ALL, FIRST).size() == 3);
            } finally {
                Removals.GO.countDown();
            }
            assertThat(Removals.BEGUN.get()).isEqualTo(3);
        }
    }

    @Test
    void shutdownWithoutADatabaseEndsAndCountsWhatIsLost() {
        try (var database = TestDatabase.unopened(home)) {
            var history = history(database, 10_000);
            end(history, 3);
            history.close();
            assertThat(metrics.counter("dlora.history.dropped").count()).isEqualTo(3);
        }
    }

    @Test
    void historyThatIsOffKeepsNothing() {
        var day = Duration.ofDays(1);
        try (var database = TestDatabase.h2(home)) {
            var history =
                    history(database, new HistorySettings(false, true, 10, 1 << 20, day, 10, day));
            end(history, 3);
            assertThat(history.wantsText()).isFalse();
            history.close();
            assertThat(history.requests(HistoryContract.ALL, FIRST)).isEmpty();
        }
    }

    @Test
    void parametersThatJsonCannotHoldDoNoHarm() {
        try (var database = TestDatabase.h2(home)) {
            var events = Map.of("value", Double.NaN, "text", "\uD800\u0000");
            var row =
                    EventRows.of(
                            7,
                            new ClusterEvent.AdminAction(
                                    Clock.systemUTC().instant(), "me", "a", "s", events, null),
                            "base");
            database.with(
                    HistoryTables.class,
                    tables -> {
                        tables.write(List.of(row));
                        return 0;
                    });
        }
    }

    private StoredHistory history(Database database, int queue) {
        return history(database, settings(queue, HistorySettings.DEFAULT.queueBytes()));
    }

    private static HistorySettings settings(int queue, long bytes) {
        var usual = HistorySettings.DEFAULT;
        return new HistorySettings(
                true, false, queue, bytes, usual.keep(), usual.maxRows(), usual.keepAudit());
    }

    private StoredHistory history(Database database, HistorySettings settings) {
        var history =
                new StoredHistory(
                        database,
                        settings,
                        new ClusterEvents(Clock.systemUTC()),
                        Clock.systemUTC(),
                        metrics);
        history.serves(HistoryContract.BASE);
        return history;
    }

    private static void end(StoredHistory history, int requests) {
        for (int i = 0; i < requests; i++) {
            history.ended(HistoryContract.facts("r" + i, "sql", TestTraces.base()));
        }
    }
}

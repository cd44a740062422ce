package org.dlora.store.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.catalogue.history.SlowRequests;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageUnit;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.store.Database;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Plans of the history's queries over 40,000 requests: none reads a table from end to end. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class HistoryPlansContract {
    private static final int ROWS = 40_000;
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    static @TempDir Path home;
    private Database database;
    private StoredHistory history;

    /** Returns a new database, once it is open; {@link Statements} sees its queries. */
    abstract Database open();

    /** Returns the plan of a query whose parameters are not known. */
    abstract String explain(Connection connection, String sql) throws SQLException;

    /** Returns words that the plan of a list must have. */
    abstract String sorted();

    /** Notes the SQL that Hibernate sends. */
    public static final class Statements implements StatementInspector {
        private static final long serialVersionUID = 1;
        private static final List<String> SEEN = new ArrayList<>();

        @Override
        public String inspect(String sql) {
            synchronized (SEEN) {
                SEEN.add(sql);
            }
            return sql;
        }

        static List<String> of(Runnable work) {
            synchronized (SEEN) {
                SEEN.clear();
            }
            work.run();
            synchronized (SEEN) {
                return List.copyOf(SEEN);
            }
        }
    }

    @BeforeAll
    void fill() {
        database = open();
        history =
                new StoredHistory(
                        database,
                        new HistorySettings(
                                false, false, 1, 1, Duration.ofDays(9), 9, Duration.ofDays(9)),
                        new ClusterEvents(Clock.systemUTC()),
                        Clock.systemUTC(),
                        new SimpleMeterRegistry());
        history.serves(HistoryContract.BASE);
        database.with(DataSource.class, HistoryPlansContract::insert);
    }

    @AfterAll
    void close() {
        history.close();
        database.close();
    }

    @Test
    void everyListUsesAnIndex() {
        var page = new Page(1L << 60, 100, BEGIN, BEGIN.plus(Duration.ofDays(20)));
        var filters =
                List.of(
                        HistoryContract.ALL,
                        new RequestFilter("r1", null, null, null, null, null, null, null, null),
                        new RequestFilter(null, "c1", null, null, null, null, null, null, null),
                        new RequestFilter(null, null, "m1", null, null, null, null, null, null),
                        new RequestFilter(null, null, null, "m1", null, null, null, null, null),
                        new RequestFilter(null, null, null, null, "u1", null, null, null, null),
                        new RequestFilter(null, null, null, null, null, "failed", null, null, null),
                        new RequestFilter(null, null, null, null, null, null, "length", null, null),
                        new RequestFilter(
                                null, null, null, null, null, null, null, "dlora_1", null),
                        new RequestFilter(null, null, null, null, null, null, null, null, "t1"),
                        HistoryContract.banded(DurationBand.TO_1MIN, null),
                        HistoryContract.banded(null, DurationBand.OVER_1MIN),
                        HistoryContract.banded(DurationBand.UNDER_1S, DurationBand.TO_10S),
                        new RequestFilter(
                                null, null, "m1", "m1", "u1", "answered", "stop", "dlora_1", "t1"));
        for (var filter : filters) {
            assertIndexed("request_", () -> history.requests(filter, page));
            assertIndexed(
                    "request_", () -> history.requests(filter, new Page(null, 100, null, null)));
        }
        for (var order : List.of(RequestOrder.DURATION, RequestOrder.TTFT)) {
            var slowest = HistoryContract.slow(new SlowRequests(null, null, order));
            assertIndexed(
                    "request_%s_ms".formatted(order.word()),
                    () -> history.requests(slowest, new Page(null, 100, null, null)));
        }
        var slowOfOne =
                new RequestFilter(
                        null,
                        null,
                        null,
                        "m1",
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        new SlowRequests(null, 5000L, RequestOrder.NEWEST));
        // Few take so long, so databases may sort them.
        assertThat(plan(() -> history.requests(slowOfOne, new Page(null, 100, null, null))))
                .contains("request_");
        assertIndexed("request_adapter", () -> history.versions("m1", BEGIN, 500));
        assertIndexed("request_", () -> history.request("r1"));
        assertIndexed(
                "usage_hour_",
                () -> history.usage(UsageFilter.ALL, BEGIN, BEGIN.plusSeconds(1), 100));
        assertIndexed(
                "usage_hour_",
                () -> history.usage(new UsageFilter("m1", null, null), null, null, 100));
        assertIndexed(
                "audit_", () -> history.audit(new AuditFilter("a1", "x1", "s1", null, null), page));
        for (var filter :
                List.of(
                        new UsageFilter(null, "dlora_1", null),
                        new UsageFilter(null, null, "t1"),
                        new UsageFilter("m1", "dlora_1", "t1"))) {
            assertIndexed("usage_hour_", () -> history.usage(filter, null, null, 100));
        }
        assertIndexed("audit_", () -> history.audit(AuditFilter.ALL, page));
        assertIndexed(
                "audit_",
                () -> history.audit(new AuditFilter(null, null, null, "dlora_1", null), page));
        assertIndexed(
                "audit_", () -> history.audit(new AuditFilter(null, null, null, null, "t1"), page));
        assertIndexed("cluster_event_", () -> history.events("k1", null, page));
        assertIndexed("cluster_event_", () -> history.events(null, "m1", page));
        assertIndexed("cluster_event_kind_adapter", () -> history.events("k1", "m1", page));
        assertIndexed("request_adapter", () -> history.latencies("m1", BEGIN, 500));
    }

    @Test
    void sumsReadAPartOfAnIndex() {
        for (var filter :
                List.of(
                        new UsageFilter("m1", null, null),
                        new UsageFilter(null, "dlora_1", null),
                        new UsageFilter(null, null, "t1"))) {
            assertThat(plan(() -> history.usageOver(UsageUnit.HOUR, filter, BEGIN)))
                    .contains("usage_hour_");
            assertThat(plan(() -> history.usageOver(UsageUnit.DAY, filter, BEGIN)))
                    .contains("usage_day_");
        }
    }

    @Test
    void pagesHaveTheRowsOfTheirFilter() {
        var filter = new RequestFilter(null, null, "m1", null, null, null, "length", null, null);
        assertThat(history.requests(filter, new Page(null, 7, null, null)))
                .hasSize(7)
                .allMatch(row -> row.model().equals("m1") && row.outcome().equals("length"));
    }

    private void assertIndexed(String index, Runnable query) {
        assertThat(plan(query)).contains(index).contains(sorted());
    }

    /** Returns the plan of a query, which reads no table from end to end. */
    private String plan(Runnable query) {
        var statements = Statements.of(query);
        assertThat(statements).hasSize(1);
        var sql = statements.getFirst();
        var plan =
                database.with(DataSource.class, source -> explained(source, sql))
                        .toLowerCase(Locale.ROOT);
        assertThat(plan).as("plan of %s", sql).doesNotContain("seq scan", "tablescan");
        return plan;
    }

    private String explained(DataSource source, String sql) {
        try (var connection = source.getConnection()) {
            return explain(connection, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static int insert(DataSource source) {
        try (var connection = source.getConnection()) {
            connection.setAutoCommit(false);
            requests(connection);
            sums(connection, "usage_hour", Duration.ofHours(1));
            sums(connection, "usage_day", Duration.ofDays(1));
            others(connection);
            connection.commit();
            connection.setAutoCommit(true);
            try (var statement = connection.createStatement()) {
                statement.execute("analyze");
            }
            return ROWS;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void requests(Connection connection) throws SQLException {
        var sql =
                """
                insert into request (id, base, request_id, client_id, api_key, team, end_user, model, adapter, replicas, fingerprint,
                  numeric_mode, arrived_at, done_at, status, outcome, prompt_tokens, cached_tokens, output_tokens, migrations,
                  rescues, preemptions, steps_unmerged, steps_merged, steps_mixed, exact, parameters, token_hashes, ttft_band, duration_band, ttft_ms, duration_ms)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, '0', 'fp', 'm', ?, ?, ?, ?, 1, 1, 1, 0, 0, 0, 1, 0, 0, false, '{}', ?, ?, ?, ?, ?)\
                """;
        try (var insert = connection.prepareStatement(sql)) {
            for (int i = 0; i < ROWS; i++) {
                var at = BEGIN.plusSeconds(50L * i);
                insert.setLong(1, at.toEpochMilli() << 20);
                insert.setString(2, HistoryContract.BASE.content());
                insert.setString(3, "r" + i);
                insert.setString(4, "c" + i % 1000);
                insert.setString(5, "dlora_" + i % 100);
                insert.setString(6, "t" + i % 5);
                insert.setString(7, "u" + i % 500);
                insert.setString(8, "m" + i % 40);
                insert.setString(9, "m" + i % 40);
                insert.setTimestamp(10, Timestamp.from(at));
                insert.setTimestamp(11, Timestamp.from(at));
                insert.setString(12, i % 100 == 0 ? "failed" : "answered");
                insert.setString(13, i % 3 == 0 ? "length" : "stop");
                insert.setBytes(14, new byte[16]);
                insert.setString(15, i % 50 == 0 ? "10s_to_1min" : "under_1s");
                insert.setString(16, i % 500 == 0 ? "over_1min" : "1s_to_10s");
                insert.setLong(17, i % 400);
                insert.setLong(18, i % 3000);
                insert.addBatch();
                if (i % 1000 == 999) {
                    insert.executeBatch();
                    connection.commit();
                }
            }
        }
    }

    private static void sums(Connection connection, String table, Duration unit)
            throws SQLException {
        try (var insert =
                connection.prepareStatement(
                        "insert into %s values (?, ?, ?, ?, ?, 1, 0, 1, 1, 1)".formatted(table))) {
            for (int i = 0; i < 500; i++) {
                for (int model = 0; model < 40; model++) {
                    insert.setString(1, HistoryContract.BASE.content());
                    insert.setTimestamp(2, Timestamp.from(BEGIN.plus(unit.multipliedBy(i))));
                    insert.setString(3, "m" + model);
                    insert.setString(4, "dlora_" + model % 8);
                    insert.setString(5, "t" + model % 3);
                    insert.addBatch();
                }
            }
            insert.executeBatch();
        }
    }

    private static void others(Connection connection) throws SQLException {
        var audit =
                "insert into audit (id, base, actor, action, subject, api_key, team) values (?, ?, ?, ?, ?, 'dlora_1', 't1')";
        var event = "insert into cluster_event values (?, ?, ?, ?, ?, null, '{}')";
        for (var sql : List.of(audit, event)) {
            boolean isAudit = sql.equals(audit);
            try (var insert = connection.prepareStatement(sql)) {
                for (int i = 0; i < 20_000; i++) {
                    insert.setLong(1, BEGIN.plusSeconds(10L * i).toEpochMilli() << 20);
                    insert.setString(2, isAudit ? "" : HistoryContract.BASE.content());
                    insert.setString(3, (isAudit ? "a" : "k") + i % 10);
                    insert.setString(4, "x" + i % 20);
                    insert.setString(5, (isAudit ? "s" : "m") + i % 40);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
        }
    }
}

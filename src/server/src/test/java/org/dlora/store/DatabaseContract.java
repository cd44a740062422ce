package org.dlora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The database on H2 and on PostgreSQL. */
abstract class DatabaseContract {
    @TempDir Path home;

    /** Returns the one database of a test, once it is open. */
    abstract Database open();

    @Test
    void migrationsCreateTheTables() {
        try (var database = open()) {
            assertThat(database.with(DataSource.class, DatabaseContract::tables))
                    .contains("request", "usage_hour", "cluster_event", "audit", "request_shadow");
        }
    }

    @Test
    void rowsAreThereAfterTheNextStart() {
        try (var database = open()) {
            database.with(
                    DataSource.class,
                    source ->
                            update(
                                    source,
                                    "insert into audit (id, base, actor, action, subject) values (1, 'b', 'w', 'a', 's')"));
        }
        try (var database = open()) {
            int deleted =
                    database.with(DataSource.class, source -> update(source, "delete from audit"));
            assertThat(deleted).isEqualTo(1);
        }
    }

    @Test
    void daysAreSummedOfTheHoursThatAreThere() {
        try (var database = open()) {
            for (var statement :
                    List.of(
                            "drop table usage_day",
                            "drop table request_parameters",
                            "alter table request drop column parameters_hash",
                            "delete from \"flyway_schema_history\" where \"version\" in ('12', '13')",
                            hour("2026-01-02 00:00:00+00", 1),
                            hour("2026-01-02 23:00:00+00", 2),
                            hour("2026-01-03 00:00:00+00", 4))) {
                database.with(DataSource.class, source -> update(source, statement));
            }
        }
        try (var database = open()) {
            assertThat(database.with(DataSource.class, DatabaseContract::days))
                    .containsExactly("2026-01-02T00:00:00Z 3 30 r", "2026-01-03T00:00:00Z 4 40 r");
        }
    }

    private static String hour(String begin, int requests) {
        return "insert into usage_hour values ('b', timestamp with time zone '%s', 'r', '', '', %d, 0, %d, 0, 0)"
                .formatted(begin, requests, 10 * requests);
    }

    private static List<String> days(DataSource source) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select * from usage_day order by day_at")) {
            var days = new ArrayList<String>();
            while (rows.next()) {
                var begin = rows.getObject("day_at", OffsetDateTime.class).toInstant();
                days.add(
                        "%s %d %d %s"
                                .formatted(
                                        begin,
                                        rows.getLong("requests"),
                                        rows.getLong("prompt_tokens"),
                                        rows.getString("adapter")));
            }
            return days;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void eventLoopsMustNotCall() {
        try (var database = open()) {
            var call =
                    Mono.fromCallable(
                                    () -> database.with(DataSource.class, DatabaseContract::tables))
                            .subscribeOn(Schedulers.parallel())
                            .toFuture();
            assertThatThrownBy(() -> call.get(1, TimeUnit.MINUTES))
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("must not wait");
        }
    }

    @Test
    void closedDatabaseIsUnavailable() {
        var database = open();
        database.close();
        assertThatThrownBy(() -> database.with(DataSource.class, DatabaseContract::tables))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessage("The database cannot be reached: the server is shutting down");
    }

    static List<String> tables(DataSource source) {
        try (var connection = source.getConnection();
                var found = connection.getMetaData().getTables(null, null, "%", null)) {
            var names = new ArrayList<String>();
            while (found.next()) {
                names.add(found.getString("TABLE_NAME").toLowerCase(Locale.ROOT));
            }
            return names;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static int update(DataSource source, String sql) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

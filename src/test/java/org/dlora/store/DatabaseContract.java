package org.dlora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
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

package org.dlora.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.junit.jupiter.api.Test;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class PostgresDatabaseTest extends DatabaseContract {
    private final String url = TestPostgres.newDatabase();

    @Test
    void aServerThatHangsHoldsNoThreadForEver() {
        try (var database = open()) {
            int timeout = database.with(DataSource.class, PostgresDatabaseTest::timeout);
            assertThat(timeout).isEqualTo((int) Database.LONGEST_ANSWER.toMillis());
        }
    }

    @Test
    void aServerThatEndsWithinATransactionIsAway() {
        try (var database = open()) {
            assertThatThrownBy(() ->
                            database.with(
                                    PlatformTransactionManager.class,
                                    PostgresDatabaseTest::endWithin))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThat(database.with(DataSource.class, DatabaseContract::tables))
                    .contains("request");
        }
    }

    /** Runs a transaction whose session the server ends, so that its rollback fails as well. */
    private static Object endWithin(PlatformTransactionManager manager) {
        var entities =
                SharedEntityManagerCreator.createSharedEntityManager(
                        requireNonNull(
                                ((JpaTransactionManager) manager).getEntityManagerFactory()));
        return requireNonNull(
                new TransactionTemplate(manager)
                        .execute(_ ->
                                entities.createNativeQuery(
                                                "select pg_terminate_backend(pg_backend_pid())")
                                        .getSingleResult()));
    }

    /** Returns the milliseconds for which a read of a connection waits; 0 if for ever. */
    private static int timeout(DataSource source) {
        try (var connection = source.getConnection()) {
            return connection.getNetworkTimeout();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    Database open() {
        return TestDatabase.postgres(url, home);
    }
}

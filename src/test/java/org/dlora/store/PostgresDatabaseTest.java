package org.dlora.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class PostgresDatabaseTest extends DatabaseContract {
    private final String url = TestPostgres.newDatabase();

    @Test
    void aServerThatHangsHoldsNoThreadForEver() {
        try (var database = open()) {
            int timeout = database.with(DataSource.class, PostgresDatabaseTest::timeout);
            assertThat(timeout).isEqualTo((int) Database.LONGEST_ANSWER.toMillis());
        }
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

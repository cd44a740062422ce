package org.dlora.store.history;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.dlora.store.Database;
import org.dlora.store.TestDatabase;
import org.dlora.store.TestPostgres;

class PostgresHistoryPlansTest extends HistoryPlansContract {
    private static final Pattern PARAMETER = Pattern.compile("\\?");

    @Override
    Database open() {
        return TestDatabase.postgres(TestPostgres.newDatabase(), home, Statements.class);
    }

    @Override
    String explain(Connection connection, String sql) throws SQLException {
        var number = new AtomicInteger();
        var numbered = PARAMETER.matcher(sql).replaceAll(_ -> "\\$" + number.incrementAndGet());
        var nulls = String.join(",", Collections.nCopies(number.get(), "null"));
        try (var statement = connection.createStatement()) {
            statement.execute("set plan_cache_mode = force_generic_plan");
            statement.execute("prepare asked as " + numbered);
            try (var rows = statement.executeQuery("explain execute asked(" + nulls + ")")) {
                var lines = new StringBuilder();
                while (rows.next()) {
                    lines.append(rows.getString(1)).append('\n');
                }
                return lines.toString();
            } finally {
                statement.execute("deallocate asked");
            }
        }
    }

    @Override
    String sorted() {
        return "index scan";
    }
}

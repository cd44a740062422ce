package org.dlora.store.history;

import java.sql.Connection;
import java.sql.SQLException;
import org.dlora.store.Database;
import org.dlora.store.TestDatabase;

class H2HistoryPlansTest extends HistoryPlansContract {
    @Override
    Database open() {
        return TestDatabase.h2(home, Statements.class);
    }

    @Override
    String explain(Connection connection, String sql) throws SQLException {
        try (var statement = connection.prepareStatement("explain " + sql)) {
            for (int i = 1; i <= statement.getParameterMetaData().getParameterCount(); i++) {
                statement.setObject(i, null);
            }
            try (var rows = statement.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    /** Rows come in the order of the index, so a page reads no more than its rows. */
    @Override
    String sorted() {
        return "/* index sorted */";
    }
}

package org.dlora.store.history;

import org.dlora.store.Database;
import org.dlora.store.TestDatabase;
import org.dlora.store.TestPostgres;

class PostgresHistoryTest extends HistoryContract {
    @Override
    Database open() {
        return TestDatabase.postgres(TestPostgres.newDatabase(), home);
    }
}

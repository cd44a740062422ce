package org.dlora.store.users;

import org.dlora.store.Database;
import org.dlora.store.TestDatabase;
import org.dlora.store.TestPostgres;

class PostgresUsersTest extends UsersContract {
    private final String url = TestPostgres.newDatabase();

    @Override
    Database open() {
        return TestDatabase.postgres(url, home);
    }
}

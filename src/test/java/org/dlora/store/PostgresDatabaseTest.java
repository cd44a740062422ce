package org.dlora.store;

class PostgresDatabaseTest extends DatabaseContract {
    private final String url = TestPostgres.newDatabase();

    @Override
    Database open() {
        return TestDatabase.postgres(url, home);
    }
}

package org.dlora.store;

class PostgresAuditTest extends AuditContract {
    private final String url = TestPostgres.newDatabase();

    @Override
    Database open() {
        return TestDatabase.postgres(url, home);
    }
}

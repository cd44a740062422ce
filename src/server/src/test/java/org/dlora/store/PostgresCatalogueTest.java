package org.dlora.store;

class PostgresCatalogueTest extends CatalogueContract {
    private final String url = TestPostgres.newDatabase();

    @Override
    Database open() {
        return TestDatabase.postgres(url, home);
    }
}

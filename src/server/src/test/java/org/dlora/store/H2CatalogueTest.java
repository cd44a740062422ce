package org.dlora.store;

class H2CatalogueTest extends CatalogueContract {
    @Override
    Database open() {
        return TestDatabase.h2(home);
    }
}

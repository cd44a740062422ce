package org.dlora.store;

class H2DatabaseTest extends DatabaseContract {
    @Override
    Database open() {
        return TestDatabase.h2(home);
    }
}

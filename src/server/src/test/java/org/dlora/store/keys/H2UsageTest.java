package org.dlora.store.keys;

import org.dlora.store.Database;
import org.dlora.store.TestDatabase;

class H2UsageTest extends UsageContract {
    @Override
    Database open() {
        return TestDatabase.h2(home);
    }
}

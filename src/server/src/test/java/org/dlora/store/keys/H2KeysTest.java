package org.dlora.store.keys;

import org.dlora.store.Database;
import org.dlora.store.TestDatabase;

class H2KeysTest extends KeysContract {
    @Override
    Database open() {
        return TestDatabase.h2(home);
    }
}

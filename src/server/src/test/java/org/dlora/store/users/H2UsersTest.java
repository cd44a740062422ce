package org.dlora.store.users;

import org.dlora.store.Database;
import org.dlora.store.TestDatabase;

class H2UsersTest extends UsersContract {
    @Override
    Database open() {
        return TestDatabase.h2(home);
    }
}

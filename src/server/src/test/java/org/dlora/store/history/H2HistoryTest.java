package org.dlora.store.history;

import org.dlora.store.Database;
import org.dlora.store.TestDatabase;

class H2HistoryTest extends HistoryContract {
    @Override
    Database open() {
        return TestDatabase.h2(home);
    }
}

package org.dlora.store;

class H2AuditTest extends AuditContract {
    @Override
    Database open() {
        return TestDatabase.h2(home);
    }
}

package org.dlora.app;

/** What a command changes: at a running server, or in the database. */
interface Desk extends AutoCloseable {
    @Override
    void close();
}

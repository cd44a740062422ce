package org.dlora.app.commands;

/** Target of a command's changes: a running server, or the database. */
interface Desk extends AutoCloseable {
    @Override
    void close();
}

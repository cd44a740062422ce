package org.dlora.app;

/** Where catalogue and history are kept. */
enum StoreKind {
    /** In the database that {@code spring.datasource.url} names, else in a file of the home. */
    AUTO,
    /** In the memory of the process. */
    MEMORY
}

package org.dlora.app;

/** Store of the catalogue and the history. */
enum StoreKind {
    /** In the database that {@code spring.datasource.url} names, else in a file of the home. */
    AUTO,
    /** In the memory of the process. */
    MEMORY
}

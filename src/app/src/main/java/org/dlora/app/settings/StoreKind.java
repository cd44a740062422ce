package org.dlora.app.settings;

/** Store of the catalogue and the history. */
public enum StoreKind {
    /** In the database that {@code spring.datasource.url} names, else in a file of the home. */
    AUTO,
    /** In the memory of the process. */
    MEMORY
}

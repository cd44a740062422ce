package org.dlora.app.settings;

/** Store of the catalogue and the history. */
public enum StoreKind {
    /** The database that {@code spring.datasource.url} names, else a file of the home. */
    AUTO,
    /** The memory of the process. */
    MEMORY
}

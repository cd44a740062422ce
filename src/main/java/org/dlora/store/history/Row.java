package org.dlora.store.history;

/** A row that waits to be written. */
sealed interface Row permits RequestRow, EventRow, AuditRow {
    /** Returns its key in its table. */
    long key();
}

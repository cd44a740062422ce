package org.dlora.store.history;

/** A row that waits to be written. */
sealed interface Row permits RequestRow, EventRow, AuditRow, ShadowRow {
    /** Returns its key in its table. */
    long key();
}

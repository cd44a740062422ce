package org.dlora.store.history;

/** A row that waits to be written. */
sealed interface Row permits RequestRow, EventRow, ShadowRow {
    /** Returns its key in its table. */
    long key();

    /** Sets the row's key. */
    void moveTo(long key);

    /** Returns whether a row of the same table tells of the same, whatever its key. */
    boolean isSame(Row other);
}

package org.dlora.store.history;

/**
 * Rows of a table that are too old, or too many, to be kept.
 *
 * @param table the entity's name
 * @param key above all of theirs
 */
record OldRows(String table, long key) {}

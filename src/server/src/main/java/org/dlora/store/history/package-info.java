/**
 * The history in the database: a queue that requests and changes go into, the thread that writes
 * it, and the queries.
 */
@NullMarked
package org.dlora.store.history;

import org.jspecify.annotations.NullMarked;

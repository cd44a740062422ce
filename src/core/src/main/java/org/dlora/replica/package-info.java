/**
 * One replica as a pure state machine over values: sequences, block tables, the prefix index,
 * accounts and the intent to merge. Commands and step results go in, plans and events come out; no
 * clock, no thread, no I/O and no off-heap memory.
 */
@NullMarked
package org.dlora.replica;

import org.jspecify.annotations.NullMarked;

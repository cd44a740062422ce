/**
 * Every decision, pure: records in, records out. No clock, no I/O, no threads; the engine and the
 * simulator call the very same code.
 */
@NullMarked
package org.dlora.scheduling;

import org.jspecify.annotations.NullMarked;

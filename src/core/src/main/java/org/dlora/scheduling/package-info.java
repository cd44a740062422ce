/**
 * The scheduling decisions as pure functions over records. They have no clock, I/O or threads. The
 * engine and the simulator call the very same code.
 */
@NullMarked
package org.dlora.scheduling;

import org.jspecify.annotations.NullMarked;

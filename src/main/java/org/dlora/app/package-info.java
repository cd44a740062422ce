/**
 * The program: main class, commands, configuration properties and the wiring of the other packages.
 * No decision about requests, adapters or memory is taken here; it only builds the parts that do.
 */
@NullMarked
package org.dlora.app;

import org.jspecify.annotations.NullMarked;

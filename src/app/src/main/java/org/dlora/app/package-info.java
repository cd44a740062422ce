/**
 * The program: main class, commands, configuration properties and the wiring of the other packages.
 * It plans the memory of a start. Decisions about requests and adapters are taken elsewhere.
 */
@NullMarked
package org.dlora.app;

import org.jspecify.annotations.NullMarked;

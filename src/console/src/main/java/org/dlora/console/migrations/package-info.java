/** Pages of moves between replicas: those that run and have ended, plans, and moves by hand. */
@NullMarked
package org.dlora.console.migrations;

import org.jspecify.annotations.NullMarked;

/** Bounds of clients' connections: how many there are, and how slow they may be. */
@NullMarked
package org.dlora.api.connections;

import org.jspecify.annotations.NullMarked;

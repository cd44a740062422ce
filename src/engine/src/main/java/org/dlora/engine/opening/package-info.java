/**
 * Parts that open an engine: devices, weights and replicas, and the order in which they are closed.
 * A server and a program that embeds the engine open theirs by the same ones.
 */
@NullMarked
package org.dlora.engine.opening;

import org.jspecify.annotations.NullMarked;

/**
 * Meters of a replica: counters, timers and gauges by adapter, fed by an engine and by the events
 * of its clients. Meters never change what is served.
 */
@NullMarked
package org.dlora.engine.meters;

import org.jspecify.annotations.NullMarked;

/**
 * The cost model: seconds of a step and of a merge, fitted to steps of the replica's own device and
 * corrected by each that runs. Pure: samples in, a model out; whoever measures is elsewhere.
 */
@NullMarked
package org.dlora.scheduling.cost;

import org.jspecify.annotations.NullMarked;

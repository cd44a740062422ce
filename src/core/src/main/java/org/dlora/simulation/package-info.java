/**
 * A cluster in virtual time: the replicas, the dispatch, the placement and the rebalancing that
 * serve, on devices that a cost model stands for. No clock, no thread and no tensor lives here.
 */
@NullMarked
package org.dlora.simulation;

import org.jspecify.annotations.NullMarked;

/**
 * The cost model: the predicted seconds of a step and of a merge. It is fitted to steps of the
 * replica's own device and corrected by each measured step. It is pure: samples in, a model out.
 * Measuring happens elsewhere.
 */
@NullMarked
package org.dlora.scheduling.cost;

import org.jspecify.annotations.NullMarked;

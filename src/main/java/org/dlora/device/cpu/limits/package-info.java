/**
 * The machine's limits, measured: bandwidth and peak arithmetic, beside which the time of kernels
 * is read. Serving does not use it.
 */
@NullMarked
package org.dlora.device.cpu.limits;

import org.jspecify.annotations.NullMarked;

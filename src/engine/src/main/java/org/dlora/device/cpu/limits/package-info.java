/**
 * The machine's limits, measured: bandwidth and peak arithmetic, beside which the time of kernels
 * is read. A server only reads memory by it, for the choice of its kernels.
 */
@NullMarked
package org.dlora.device.cpu.limits;

import org.jspecify.annotations.NullMarked;

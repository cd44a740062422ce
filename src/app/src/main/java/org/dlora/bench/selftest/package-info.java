/**
 * The self-test of a device: every operation against the plain device, how fast products are, and
 * the answers of a model with known ones. It knows devices by the seam, and of CPUs the limits.
 */
@NullMarked
package org.dlora.bench.selftest;

import org.jspecify.annotations.NullMarked;

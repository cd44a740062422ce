/**
 * The plain device: every operation of the seam as its definition reads, in float64 over Java
 * arrays. Other devices are compared with it, by the tests and by {@code selftest}. Nothing is
 * served from it.
 */
@NullMarked
package org.dlora.device.reference;

import org.jspecify.annotations.NullMarked;

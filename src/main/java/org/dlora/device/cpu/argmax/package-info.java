/**
 * The largest output of a row by an index: bounds of all outputs from products of 8-bit integers,
 * then the few panels that can hold the largest one, as {@code org.dlora.device.cpu.linear}
 * computes them.
 */
@NullMarked
package org.dlora.device.cpu.argmax;

import org.jspecify.annotations.NullMarked;

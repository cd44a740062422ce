/**
 * The largest output of a row by an index. Products of 8-bit integers bound all outputs; then
 * {@code org.dlora.device.cpu.linear} computes the few panels that can hold the largest one.
 */
@NullMarked
package org.dlora.device.cpu.argmax;

import org.jspecify.annotations.NullMarked;

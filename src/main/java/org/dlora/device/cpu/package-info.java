/**
 * The CPU backend: weights as panels off the heap, and the operations on them by the Vector API or
 * by plain scalar code. The only package that sees {@code jdk.incubator.vector}; nothing but {@link
 * org.dlora.device.cpu.CpuDevice} is meant for others.
 */
@NullMarked
package org.dlora.device.cpu;

import org.jspecify.annotations.NullMarked;

/**
 * The CPU device: it chooses the kernels, allocates memory, and opens operations, whose topics are
 * packages below. Only {@link org.dlora.device.cpu.CpuDevice} is meant for others, and only these
 * packages see {@code jdk.incubator.vector}.
 */
@NullMarked
package org.dlora.device.cpu;

import org.jspecify.annotations.NullMarked;

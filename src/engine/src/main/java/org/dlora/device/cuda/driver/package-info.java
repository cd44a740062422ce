/**
 * NVIDIA's driver API through JCuda: contexts, streams, events, memory, modules and launches. Every
 * error of the driver is a {@link org.dlora.device.cuda.driver.CudaException}. Nothing here knows
 * of matrices or steps.
 */
@NullMarked
package org.dlora.device.cuda.driver;

import org.jspecify.annotations.NullMarked;

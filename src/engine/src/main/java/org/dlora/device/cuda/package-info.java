/**
 * NVIDIA GPUs. {@link org.dlora.device.cuda.CudaDevice} is the device; its parts lie in packages by
 * topic: the driver, the kernels, memory and the operations of a step. No class of it is loaded
 * unless a GPU is asked for.
 */
@NullMarked
package org.dlora.device.cuda;

import org.jspecify.annotations.NullMarked;

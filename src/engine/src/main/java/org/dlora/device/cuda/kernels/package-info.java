/**
 * The kernels of {@code kernels/cuda}, as Java calls: images from the jar, and a launch for each
 * kernel with the grid that it takes. Arguments are addresses and sizes, which the callers have
 * checked.
 */
@NullMarked
package org.dlora.device.cuda.kernels;

import org.jspecify.annotations.NullMarked;

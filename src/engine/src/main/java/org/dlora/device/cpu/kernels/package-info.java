/**
 * The inner loops in Java, by the Vector API and by plain scalar code with the same bits. No
 * threads and no checks of arguments are here, and no vector crosses a method.
 */
@NullMarked
package org.dlora.device.cpu.kernels;

import org.jspecify.annotations.NullMarked;

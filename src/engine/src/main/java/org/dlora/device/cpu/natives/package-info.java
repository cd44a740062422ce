/**
 * Functions in C that Java calls through the FFM API: the library of kernels, and the system calls
 * for large pages. What is computed by them stands in the packages of their topics.
 */
@NullMarked
package org.dlora.device.cpu.natives;

import org.jspecify.annotations.NullMarked;

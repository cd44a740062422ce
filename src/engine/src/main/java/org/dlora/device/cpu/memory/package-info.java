/**
 * Memory off the heap, what lies in it row by row (activations, vectors, the KV cache), and checks
 * of arguments. Nothing here computes.
 */
@NullMarked
package org.dlora.device.cpu.memory;

import org.jspecify.annotations.NullMarked;

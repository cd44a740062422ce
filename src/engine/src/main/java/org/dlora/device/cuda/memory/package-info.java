/**
 * Memory of a GPU as the seam knows it: matrices, vectors, buffers and KV caches, and the copies
 * between them and the host.
 */
@NullMarked
package org.dlora.device.cuda.memory;

import org.jspecify.annotations.NullMarked;

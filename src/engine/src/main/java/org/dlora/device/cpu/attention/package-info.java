/**
 * Attention over the paged KV cache, in Java and in C, and what a step prepares for it once. Scores
 * never leave the scratch of a worker.
 */
@NullMarked
package org.dlora.device.cpu.attention;

import org.jspecify.annotations.NullMarked;

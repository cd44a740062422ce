/**
 * Operations that compute each row by itself: norms, rotation, activation functions, cache writes,
 * and access to logits. Rows that see other rows are attention's.
 */
@NullMarked
package org.dlora.device.cpu.rows;

import org.jspecify.annotations.NullMarked;

/**
 * Merging of adapters into a replica's weights: what a merge costs and loses, copies of matrices
 * built in slices between steps, and their switch. When to merge is decided in {@code
 * org.dlora.replica}; devices compute the sums in {@code org.dlora.device}.
 */
@NullMarked
package org.dlora.engine.merging;

import org.jspecify.annotations.NullMarked;

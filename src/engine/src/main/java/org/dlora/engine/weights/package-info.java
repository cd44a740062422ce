/**
 * The weights that a replica's steps read: adapters as terms beside the base, merged into it, or
 * both at once. When to merge is decided in {@code org.dlora.replica}; rows are computed in {@code
 * org.dlora.engine.step}.
 */
@NullMarked
package org.dlora.engine.weights;

import org.jspecify.annotations.NullMarked;

/**
 * Adapters as the steps of a replica see them: terms beside the base's weights, and the rows of a
 * step by adapter. Merged weights are in {@code org.dlora.engine.merging}.
 */
@NullMarked
package org.dlora.engine.weights;

import org.jspecify.annotations.NullMarked;

/**
 * A base model's weights on a device, and the pristine ones that lie in the host's memory where
 * merges overwrite them. Merging itself is in {@code org.dlora.engine.merging}.
 */
@NullMarked
package org.dlora.model.weights;

import org.jspecify.annotations.NullMarked;

/**
 * A base model's weights on a device, and the copies that adapters are merged into and swapped in
 * from.
 */
@NullMarked
package org.dlora.model.weights;

import org.jspecify.annotations.NullMarked;

/** An adapter's weights on a device: packing, upload, copies, and the terms of its merge. */
@NullMarked
package org.dlora.adapter.weights;

import org.jspecify.annotations.NullMarked;

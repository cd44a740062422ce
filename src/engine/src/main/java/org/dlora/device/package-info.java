/**
 * The seam to hardware: memory of a {@link org.dlora.device.Device} and the {@link
 * org.dlora.device.Operations} of a decoder step on it. Backends live in sub-packages; nothing here
 * knows of sequences, adapters by name or scheduling.
 */
@NullMarked
package org.dlora.device;

import org.jspecify.annotations.NullMarked;

/**
 * Shadows: versions that answer a client's request once more in the same batch, unseen by the
 * client. Nothing here can delay, change or fail the client's request.
 */
@NullMarked
package org.dlora.catalogue.shadow;

import org.jspecify.annotations.NullMarked;

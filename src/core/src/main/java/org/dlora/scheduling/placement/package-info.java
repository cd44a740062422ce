/**
 * Decisions on which adapter memories have copies of which adapters, ahead of the requests that
 * need them. Pure, like the rest of {@link org.dlora.scheduling}.
 */
@NullMarked
package org.dlora.scheduling.placement;

import org.jspecify.annotations.NullMarked;

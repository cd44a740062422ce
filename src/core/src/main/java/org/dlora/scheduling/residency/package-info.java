/**
 * Decisions on which adapters are resident in an adapter memory: which are loaded next, and which
 * make room. Pure, like the rest of {@link org.dlora.scheduling}.
 */
@NullMarked
package org.dlora.scheduling.residency;

import org.jspecify.annotations.NullMarked;

/**
 * Decisions on which replica serves a new request: the one where it ends soonest and delays others
 * least, as predicted by the cost model. Pure, like the rest of {@link org.dlora.scheduling}.
 */
@NullMarked
package org.dlora.scheduling.dispatch;

import org.jspecify.annotations.NullMarked;

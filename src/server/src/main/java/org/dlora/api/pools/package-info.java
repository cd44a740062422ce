/** Bounded pools of threads for the work of calls, shared fairly by keys and teams. */
@NullMarked
package org.dlora.api.pools;

import org.jspecify.annotations.NullMarked;

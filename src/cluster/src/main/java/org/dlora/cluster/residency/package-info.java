/**
 * Adapter memories: which adapters are resident, loads beside serving, evictions, and the requests
 * that wait for a load. The decisions are those of {@link org.dlora.scheduling.residency}.
 */
@NullMarked
package org.dlora.cluster.residency;

import org.jspecify.annotations.NullMarked;

/**
 * Decisions on moving requests and adapters between replicas: when to rebalance, and where each
 * request should run. Pure, like the rest of {@link org.dlora.scheduling}; the moves themselves are
 * made elsewhere.
 */
@NullMarked
package org.dlora.scheduling.rebalance;

import org.jspecify.annotations.NullMarked;

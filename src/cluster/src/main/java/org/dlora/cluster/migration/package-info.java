/**
 * Moves of unfinished requests between replicas: single ones, those that empty a replica or a
 * memory, and those that a rebalancer plans.
 */
@NullMarked
package org.dlora.cluster.migration;

import org.jspecify.annotations.NullMarked;

package org.dlora.console.overview;

import org.jspecify.annotations.Nullable;

/**
 * Figures of the cluster as a whole.
 *
 * @param serving replicas that take requests
 * @param notServing the others by their states, as {@code 1 drained}; empty if there are none
 * @param waitingForShared of the waiting ones, those that wait for an adapter in a memory that
 *     several replicas share, which no replica's card has
 * @param kvUsage share of the KV blocks that is held, 0…1
 * @param tokensPerSecond output tokens of all replicas, over the last seconds
 * @param adapters that are served
 * @param resident adapters that requests need not wait for
 * @param moves requests that moved in the last five minutes
 * @param policy null if it is not known
 */
record ClusterTotals(
        int serving,
        int replicas,
        String notServing,
        int running,
        int waiting,
        int waitingForShared,
        double kvUsage,
        double tokensPerSecond,
        int adapters,
        int resident,
        int moves,
        @Nullable String policy) {}

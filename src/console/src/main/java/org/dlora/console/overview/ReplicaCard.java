package org.dlora.console.overview;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A replica at a glance.
 *
 * @param badge class of its state's badge
 * @param reason why it does not serve, null if it does or that is not known
 * @param since when it came into its state, null if it serves or that is not known
 * @param merged name of the adapter in the weights, null if there is none
 * @param weightsSince since when its weights are so
 * @param building name of the adapter that is being merged, null if there is none
 * @param progress of that, 0…1
 * @param kvBytes bytes of the KV cache, null if they are not known
 * @param adapterBytes bytes of adapters in its memory, null if they are not known
 * @param shares other replicas that share the memory, in words; empty for none
 * @param ttft seconds, null without requests in the last minute
 * @param tpot seconds, null likewise
 */
record ReplicaCard(
        String id,
        String device,
        String state,
        String badge,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable String merged,
        Instant weightsSince,
        @Nullable String building,
        double progress,
        int running,
        int waiting,
        int kvUsed,
        int kvTotal,
        @Nullable Long kvBytes,
        @Nullable Long adapterBytes,
        String shares,
        double tokensPerSecond,
        @Nullable Double ttft,
        @Nullable Double tpot) {}

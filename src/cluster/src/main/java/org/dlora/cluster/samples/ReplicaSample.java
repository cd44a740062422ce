package org.dlora.cluster.samples;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Sample of one second of a replica. If the machine took it late, it covers the time since the
 * sample before.
 *
 * @param at end of the second
 * @param adapter name of the adapter in the weights, null if there is none
 * @param running sequences that hold KV blocks, at its end
 * @param waiting requests that wait for the replica or for their adapter, at its end
 * @param kvUsed KV blocks that are held, at its end
 * @param kvTotal usable KV blocks, at its end
 * @param tokens output tokens of the second
 * @param steps that ended in the second
 */
public record ReplicaSample(
        Instant at,
        SampleState state,
        @Nullable String adapter,
        int running,
        int waiting,
        int kvUsed,
        int kvTotal,
        long tokens,
        long steps) {}

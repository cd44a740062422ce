package org.dlora.cluster.migration;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A migration that has not ended.
 *
 * @param request id of the request
 * @param model name that its client gave
 * @param source id of the replica that it leaves
 * @param begunAt when it was ordered
 * @param seconds since then
 * @param plannedGain seconds that a rebalancing plan expects to gain; null for a move by hand
 */
public record RunningMigration(
        String request,
        String model,
        String source,
        String target,
        Instant begunAt,
        double seconds,
        @Nullable Double plannedGain) {}

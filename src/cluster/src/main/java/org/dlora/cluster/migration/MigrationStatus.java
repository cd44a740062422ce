package org.dlora.cluster.migration;

import java.time.Instant;
import org.dlora.cluster.rebalance.PlanGain;
import org.jspecify.annotations.Nullable;

/**
 * A migration that has not ended.
 *
 * @param request id of the request
 * @param model name that its client gave
 * @param source id of the replica that it leaves
 * @param begunAt when it was ordered
 * @param seconds since then
 * @param cause reason of the migration
 * @param gain of the rebalancing plan that ordered it; null for other causes
 */
public record MigrationStatus(
        String request,
        String model,
        String source,
        String target,
        Instant begunAt,
        double seconds,
        MoveCause cause,
        @Nullable PlanGain gain) {}

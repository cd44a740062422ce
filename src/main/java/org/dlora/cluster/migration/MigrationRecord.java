package org.dlora.cluster.migration;

import java.time.Instant;
import org.dlora.replica.migration.MigrationResult;
import org.jspecify.annotations.Nullable;

/**
 * A migration that has ended.
 *
 * @param request id of the request
 * @param model name that its client gave
 * @param source id of the replica that it left
 * @param begunAt when it was ordered
 * @param seconds from the order to the end, with the load of the adapter on the target
 * @param blocks KV blocks that were sent
 * @param bytes of these blocks
 * @param pause seconds between the last token from the source and the first one from the target;
 *     NaN if there are not both
 * @param plannedGain seconds that a rebalancing plan expected to gain; null for a move by hand
 */
public record MigrationRecord(
        String request,
        String model,
        String source,
        String target,
        Instant begunAt,
        double seconds,
        int blocks,
        long bytes,
        double pause,
        MigrationResult result,
        @Nullable Double plannedGain) {

    MigrationRecord withPause(double measured) {
        return new MigrationRecord(
                request,
                model,
                source,
                target,
                begunAt,
                seconds,
                blocks,
                bytes,
                measured,
                result,
                plannedGain);
    }
}

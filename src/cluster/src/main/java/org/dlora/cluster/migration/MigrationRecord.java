package org.dlora.cluster.migration;

import java.time.Instant;
import org.dlora.cluster.rebalance.PlanGain;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.jspecify.annotations.Nullable;

/**
 * A migration that has ended.
 *
 * @param request id of the request
 * @param model name that its client gave
 * @param source id of the replica that it left
 * @param begunAt when it was ordered
 * @param seconds from the order to the end, with the load of the adapter on the target
 * @param kv that was sent
 * @param pause of the stream; null if it has no token after, or was in no step before: the request
 *     waited, had been preempted, or its prompt was being computed
 * @param cause reason of the migration
 * @param gain of the rebalancing plan that ordered it; null for other causes
 */
public record MigrationRecord(
        String request,
        String model,
        String source,
        String target,
        Instant begunAt,
        double seconds,
        SentKv kv,
        @Nullable StreamPause pause,
        MigrationResult result,
        MoveCause cause,
        @Nullable PlanGain gain) {

    MigrationRecord withPause(StreamPause measured) {
        return new MigrationRecord(
                request, model, source, target, begunAt, seconds, kv, measured, result, cause,
                gain);
    }
}

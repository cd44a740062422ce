package org.dlora.cluster;

import java.time.Instant;
import org.dlora.replica.migration.MigrationResult;

/**
 * A migration that has ended.
 *
 * @param request id of the request
 * @param begunAt when its target's adapter was resident
 * @param seconds from the beginning to the end
 * @param blocks KV blocks that were sent
 * @param bytes of these blocks
 * @param pause seconds between the last token from the source and the first one from the target;
 *     NaN if there are not both
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
        MigrationResult result) {

    MigrationRecord withPause(double measured) {
        return new MigrationRecord(
                request, model, source, target, begunAt, seconds, blocks, bytes, measured, result);
    }
}

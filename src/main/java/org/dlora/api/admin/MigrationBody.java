package org.dlora.api.admin;

import static org.dlora.api.admin.SloBody.finite;

import java.time.Instant;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.RunningMigration;
import org.dlora.replica.migration.MigrationResult;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A migration that has ended.
 *
 * @param begun when it was ordered
 * @param seconds from the order to the end
 * @param blocks KV blocks that were sent
 * @param pauseSeconds time between two tokens across the move, null if not known
 * @param outcome moved, ended or failed
 * @param reason why it has failed, else null
 * @param plannedGain seconds that a plan expected to gain, null for a move by hand
 */
@JsonNaming(SnakeCaseStrategy.class)
record MigrationBody(
        String request,
        String model,
        String from,
        String to,
        Instant begun,
        double seconds,
        int blocks,
        long bytes,
        @Nullable Double pauseSeconds,
        String outcome,
        @Nullable String reason,
        @Nullable Double plannedGain) {

    /** A migration that runs. */
    @JsonNaming(SnakeCaseStrategy.class)
    record Running(
            String request,
            String model,
            String from,
            String to,
            Instant begun,
            double seconds,
            @Nullable Double plannedGain) {
        static Running of(RunningMigration move) {
            return new Running(
                    move.request(),
                    move.model(),
                    move.source(),
                    move.target(),
                    move.begunAt(),
                    move.seconds(),
                    move.plannedGain());
        }
    }

    static MigrationBody of(MigrationRecord move) {
        return new MigrationBody(
                move.request(),
                move.model(),
                move.source(),
                move.target(),
                move.begunAt(),
                move.seconds(),
                move.blocks(),
                move.bytes(),
                finite(move.pause()),
                outcome(move.result()),
                move.result() instanceof MigrationResult.Failed(var reason) ? reason : null,
                move.plannedGain());
    }

    private static String outcome(MigrationResult result) {
        return switch (result) {
            case MigrationResult.Moved() -> "moved";
            case MigrationResult.Ended() -> "ended";
            case MigrationResult.Failed _ -> "failed";
        };
    }
}

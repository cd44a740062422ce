package org.dlora.api.admin.cluster;

import java.time.Instant;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationStatus;
import org.dlora.cluster.rebalance.PlanGain;
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
 * @param copySeconds of {@code pauseSeconds}, in which the last blocks were copied out and in
 * @param pauseSeconds time between two tokens across the move, null if not known
 * @param pauseSteps steps of the target that the pause took, null if not known
 * @param stepSeconds of these steps, null if not known
 * @param outcome moved, ended or failed
 * @param reason why it has failed, else null
 * @param plannedGain seconds that a plan expected to gain with all its moves, null for a move by
 *     hand
 * @param measuredGain seconds that it gained, null until its moves have ended
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
        double copySeconds,
        @Nullable Double pauseSeconds,
        @Nullable Integer pauseSteps,
        @Nullable Double stepSeconds,
        String outcome,
        @Nullable String reason,
        @Nullable Double plannedGain,
        @Nullable Double measuredGain) {

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
        static Running of(MigrationStatus move) {
            return new Running(
                    move.request(),
                    move.model(),
                    move.source(),
                    move.target(),
                    move.begunAt(),
                    move.seconds(),
                    planned(move.gain()));
        }
    }

    static MigrationBody of(MigrationRecord move) {
        var pause = move.pause();
        var counted = pause == null || pause.steps() == 0 ? null : pause;
        return new MigrationBody(
                move.request(),
                move.model(),
                move.source(),
                move.target(),
                move.begunAt(),
                move.seconds(),
                move.kv().blocks(),
                move.kv().bytes(),
                move.kv().pauseSeconds(),
                pause == null ? null : pause.seconds(),
                counted == null ? null : counted.steps(),
                counted == null ? null : counted.stepSeconds(),
                outcome(move.result()),
                move.result() instanceof MigrationResult.Failed(var reason) ? reason : null,
                planned(move.gain()),
                measured(move.gain()));
    }

    private static @Nullable Double planned(@Nullable PlanGain gain) {
        return gain == null ? null : gain.planned();
    }

    private static @Nullable Double measured(@Nullable PlanGain gain) {
        return gain == null ? null : gain.measured();
    }

    private static String outcome(MigrationResult result) {
        return switch (result) {
            case MigrationResult.Moved() -> "moved";
            case MigrationResult.Ended() -> "ended";
            case MigrationResult.Failed _ -> "failed";
        };
    }
}

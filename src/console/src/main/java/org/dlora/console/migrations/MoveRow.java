package org.dlora.console.migrations;

import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.console.page.Formats;
import org.dlora.replica.migration.MigrationResult;
import org.jspecify.annotations.Nullable;

/**
 * A move that has ended.
 *
 * @param pause seconds that the stream paused; null if not known
 * @param planned gain of its plan in seconds, predicted; null for a move by hand
 * @param measured gain of its plan in seconds; null until all moves of the plan have ended
 */
record MoveRow(
        MigrationRecord move,
        @Nullable Double pause,
        @Nullable Double planned,
        @Nullable Double measured) {

    static MoveRow of(MigrationRecord move) {
        var pause = move.pause();
        var gain = move.gain();
        return new MoveRow(
                move,
                pause == null ? null : pause.seconds(),
                gain == null ? null : gain.planned(),
                gain == null ? null : gain.measured());
    }

    /** Returns the outcome in a word, as the filter names it. */
    public String outcome() {
        return switch (move.result()) {
            case MigrationResult.Moved() -> "moved";
            case MigrationResult.Ended() -> "ended";
            case MigrationResult.Failed _ -> "failed";
        };
    }

    /** Returns the class of the badge of the outcome. */
    public String badge() {
        return switch (move.result()) {
            case MigrationResult.Moved() -> "good";
            case MigrationResult.Ended() -> "";
            case MigrationResult.Failed _ -> "bad";
        };
    }

    /** Returns why it failed, with the short id of the request; null if it did not. */
    public @Nullable String reason() {
        return move.result() instanceof MigrationResult.Failed(var reason)
                ? reason.replace(move.request(), Formats.ALL.shortId(move.request()))
                : null;
    }
}

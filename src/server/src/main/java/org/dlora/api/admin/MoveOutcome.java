package org.dlora.api.admin;

import java.util.Map;
import java.util.concurrent.CompletionException;
import org.dlora.replica.migration.MigrationResult;
import org.jspecify.annotations.Nullable;

/**
 * End of an ordered move, for the audit.
 *
 * @param label {@code moved}, {@code failed}, or {@code ended} of a request that ended before
 * @param reason of a failure; null if there is none
 */
record MoveOutcome(String label, @Nullable String reason) {
    static final MoveOutcome MOVED = new MoveOutcome("moved", null);
    private static final MoveOutcome ENDED = new MoveOutcome("ended", null);

    static MoveOutcome of(MigrationResult result) {
        return switch (result) {
            case MigrationResult.Moved() -> MOVED;
            case MigrationResult.Ended() -> ENDED;
            case MigrationResult.Failed(var reason) -> new MoveOutcome("failed", reason);
        };
    }

    static MoveOutcome of(Throwable failure) {
        var cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return new MoveOutcome("failed", cause == null ? null : cause.getMessage());
    }

    /** Returns the members of the audit's line. */
    Map<String, ?> values() {
        return reason == null
                ? Map.of("outcome", label)
                : Map.of("outcome", label, "reason", reason);
    }
}

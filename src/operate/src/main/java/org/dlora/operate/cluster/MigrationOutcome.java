package org.dlora.operate.cluster;

import java.util.Map;
import java.util.concurrent.CompletionException;
import org.dlora.replica.migration.MigrationResult;
import org.jspecify.annotations.Nullable;

/**
 * End of a migration that an operator has commanded, for the audit.
 *
 * @param label {@code moved}, {@code failed}, or {@code ended} of a request that ended before
 * @param reason of a failure; null if there is none
 */
record MigrationOutcome(String label, @Nullable String reason) {
    static final MigrationOutcome MOVED = new MigrationOutcome("moved", null);
    private static final MigrationOutcome ENDED = new MigrationOutcome("ended", null);

    static MigrationOutcome of(MigrationResult result) {
        return switch (result) {
            case MigrationResult.Moved() -> MOVED;
            case MigrationResult.Ended() -> ENDED;
            case MigrationResult.Failed(var reason) -> new MigrationOutcome("failed", reason);
        };
    }

    static MigrationOutcome of(Throwable failure) {
        var cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return new MigrationOutcome("failed", cause == null ? null : cause.getMessage());
    }

    /** Returns the members of the audit's line. */
    Map<String, ?> values() {
        return reason == null
                ? Map.of("outcome", label)
                : Map.of("outcome", label, "reason", reason);
    }
}

package org.dlora.store;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionSystemException;

/** Reader of the {@link SQLException}s among the causes of a failure. */
final class SqlProblem {
    /** H2: the file is in use by another process. */
    private static final int H2_LOCKED = 90020;

    /** H2: connection broken, database closed, or its file cannot be read or written. */
    private static final Set<Integer> H2_AWAY = Set.of(90028, 90031, 90067, 90098, 90121);

    /** A key that is there already, and the ends of waits for a lock of H2 and PostgreSQL. */
    private static final Set<String> CONFLICTS = Set.of("23505", "HYT00", "55P03");

    private SqlProblem() {}

    /** Returns whether another process has the file. */
    static boolean isLocked(Throwable failure) {
        return causes(failure).anyMatch(cause -> cause.getErrorCode() == H2_LOCKED);
    }

    /** Returns whether the database cannot be reached, so that the same may succeed later. */
    static boolean isAway(Throwable failure) {
        return causes(failure).anyMatch(SqlProblem::isConnection);
    }

    /** Returns whether H2 has closed its file, as it could not be read or written. */
    static boolean isClosedFile(Throwable failure) {
        return causes(failure).anyMatch(cause -> H2_AWAY.contains(cause.getErrorCode()));
    }

    private static boolean isConnection(SQLException cause) {
        var state = Optional.ofNullable(cause.getSQLState()).orElse("");
        return cause instanceof SQLTransientConnectionException
                || cause instanceof SQLNonTransientConnectionException
                || cause instanceof SQLRecoverableException
                || state.startsWith("08") // Connection exceptions.
                || state.startsWith("57P") // PostgreSQL is going down or starting.
                || H2_AWAY.contains(cause.getErrorCode())
                || isOfPool(cause);
    }

    /**
     * Returns whether the pool of connections refused a call, as it has closed a connection that
     * broke. So ends the rollback of a transaction in which the database went away, and the first
     * failure is lost. Drivers have classes of their own.
     */
    private static boolean isOfPool(SQLException cause) {
        return cause.getClass() == SQLException.class && cause.getSQLState() == null;
    }

    /**
     * Returns whether another transaction was in the way, so that the same may succeed at once: a
     * deadlock, rows that have changed since they were read, or a row that has been made.
     */
    static boolean isConflict(Throwable failure) {
        return causes(failure)
                .map(cause -> Optional.ofNullable(cause.getSQLState()).orElse(""))
                .anyMatch(state -> state.startsWith("40") || CONFLICTS.contains(state));
    }

    /** Returns the innermost message on one line. */
    static String message(Throwable failure) {
        var last = failure;
        for (var cause = cause(failure); cause != null; cause = cause(cause)) {
            last = cause;
        }
        var text = last.getMessage() == null ? last.toString() : last.getMessage();
        return text.strip().replaceAll("\\s+", " ").replaceAll("\\.$", "");
    }

    /** Returns the cause; where a rollback failed as well, the failure that it was for. */
    private static @Nullable Throwable cause(Throwable failure) {
        return failure instanceof TransactionSystemException rollback
                ? rollback.getOriginalException()
                : failure.getCause();
    }

    /** Returns the problems of a failure, those included that came on top of the first one. */
    private static Stream<SQLException> causes(Throwable failure) {
        var found = Collections.newSetFromMap(new IdentityHashMap<Throwable, Boolean>());
        collect(failure, found);
        return found.stream().filter(SQLException.class::isInstance).map(SQLException.class::cast);
    }

    private static void collect(@Nullable Throwable failure, Set<Throwable> found) {
        if (failure == null || !found.add(failure)) {
            return;
        }
        collect(cause(failure), found);
        collect(failure.getCause(), found);
        for (var suppressed : failure.getSuppressed()) {
            collect(suppressed, found);
        }
        if (failure instanceof SQLException problem) {
            collect(problem.getNextException(), found);
        }
    }
}

package org.dlora.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.transaction.TransactionSystemException;

class SqlProblemTest {
    private static SQLException crash() {
        return new SQLException("the server ends", "57P01");
    }

    private static SQLException refused() {
        return new SQLException("no such column", "42703");
    }

    static Stream<Throwable> failuresWithACrash() {
        var rollback =
                new TransactionSystemException(
                        "could not roll back", new SQLException("", "25000"));
        rollback.initApplicationException(new IllegalStateException(crash()));
        var suppressed = new IllegalStateException(refused());
        suppressed.addSuppressed(crash());
        var batch = new BatchUpdateException("", "42000", 0, new int[0]);
        batch.setNextException(crash());
        return Stream.of(
                new IllegalStateException(crash()),
                rollback,
                suppressed,
                new IllegalStateException(batch));
    }

    @ParameterizedTest
    @MethodSource("failuresWithACrash")
    void aCrashIsFoundWhereverItStands(Throwable failure) {
        assertThat(SqlProblem.isAway(failure)).isTrue();
    }

    @Test
    void theFirstFailureIsNamed() {
        var rollback = new TransactionSystemException("", new SQLException("closed"));
        rollback.initApplicationException(crash());
        assertThat(SqlProblem.message(rollback)).isEqualTo("the server ends");
    }

    @Test
    void refusalsAreNoCrash() {
        var failure = new IllegalStateException(refused());
        failure.addSuppressed(failure.getCause());
        assertThat(SqlProblem.isAway(failure)).isFalse();
    }
}

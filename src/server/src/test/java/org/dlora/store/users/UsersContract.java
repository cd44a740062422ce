package org.dlora.store.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Role;
import org.dlora.store.Database;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users on H2 and on PostgreSQL. */
abstract class UsersContract {
    static final Instant THEN = Instant.parse("2026-01-02T03:04:05.678Z");

    @TempDir Path home;

    /** Returns the one database of a test, once it is open. */
    abstract Database open();

    private static ConsoleUser user(String name, String hash) {
        return new ConsoleUser(name, Role.OPERATOR, hash, true, "stamp", THEN, null, 0);
    }

    @Test
    void everyMemberIsThereAfterTheNextStart() {
        var user = user("n".repeat(64), "h".repeat(255));
        try (var database = open()) {
            new DatabaseUsers(database).write(_ -> user);
        }
        try (var database = open()) {
            var store = new DatabaseUsers(database);
            assertThat(store.read()).singleElement().usingRecursiveComparison().isEqualTo(user);
            store.delete(user.name(), _ -> {});
            assertThat(store.read()).isEmpty();
        }
    }

    @Test
    void triesAreCountedUntilASignInOrANewPassword() {
        try (var database = open()) {
            var store = new DatabaseUsers(database);
            store.write(_ -> user("ann", "hash"));
            store.failed("ann");
            store.failed("ann");
            store.failed("nobody");
            assertThat(store.read()).extracting(ConsoleUser::failedTries).containsExactly(2);
            store.write(_ -> user("ann", "hash"));
            assertThat(store.read()).extracting(ConsoleUser::failedTries).containsExactly(2);
            store.signedIn("ann", THEN);
            assertThat(store.read())
                    .singleElement()
                    .satisfies(ann -> {
                        assertThat(ann.failedTries()).isZero();
                        assertThat(ann.lastSignIn()).isEqualTo(THEN);
                    });
            store.failed("ann");
            store.write(_ -> user("ann", "another"));
            assertThat(store.read())
                    .singleElement()
                    .satisfies(ann -> {
                        assertThat(ann.failedTries()).isZero();
                        assertThat(ann.lastSignIn()).isEqualTo(THEN);
                    });
        }
    }

    @Test
    void aChangeWaitsForAnotherThatIsBeingChecked() throws Exception {
        try (var database = open();
                var threads = Executors.newFixedThreadPool(2)) {
            var store = new DatabaseUsers(database);
            store.write(_ -> user("ann", "hash"));
            store.write(_ -> user("bob", "hash"));
            var checking = new CountDownLatch(1);
            var other = new CountDownLatch(1);
            var first =
                    threads.submit(() ->
                            store.delete(
                                    "ann",
                                    _ -> {
                                        checking.countDown();
                                        // Passes at once where the other change does not wait.
                                        awaited(other, 300);
                                    }));
            awaited(checking, 60_000);
            var second =
                    threads.submit(() ->
                            store.delete(
                                    "bob",
                                    users -> {
                                        other.countDown();
                                        if (users.size() == 1) {
                                            throw new IllegalStateException("the last one");
                                        }
                                    }));
            first.get(1, TimeUnit.MINUTES);
            assertThat(second)
                    .failsWithin(Duration.ofMinutes(1))
                    .withThrowableThat()
                    .havingCause()
                    .withMessage("the last one");
            assertThat(store.read()).extracting(ConsoleUser::name).containsExactly("bob");
        }
    }

    private static void awaited(CountDownLatch latch, long milliseconds) {
        try {
            var _ = latch.await(milliseconds, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aChangeThatIsRefusedWritesNothing() {
        try (var database = open()) {
            var store = new DatabaseUsers(database);
            store.write(_ -> user("ann", "hash"));
            assertThatIllegalStateException()
                    .isThrownBy(() ->
                            store.write(_ -> {
                                throw new IllegalStateException("refused");
                            }))
                    .withMessage("refused");
            assertThat(store.read()).hasSize(1);
        }
    }

    @Test
    void aDatabaseThatIsAwayIsSaid() {
        var database = open();
        database.close();
        assertThatExceptionOfType(AccessUnavailableException.class)
                .isThrownBy(new DatabaseUsers(database)::read)
                .withMessage("The database cannot be reached: the server is shutting down");
    }
}

package org.dlora.store.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Instant;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Role;
import org.dlora.store.Database;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users on H2 and on PostgreSQL. */
abstract class UsersContract {
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05.678Z");

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
            new DatabaseUsers(database).write(user);
        }
        try (var database = open()) {
            var store = new DatabaseUsers(database);
            assertThat(store.read()).singleElement().usingRecursiveComparison().isEqualTo(user);
            store.delete(user.name());
            assertThat(store.read()).isEmpty();
        }
    }

    @Test
    void triesAreCountedUntilASignInOrANewPassword() {
        try (var database = open()) {
            var store = new DatabaseUsers(database);
            store.write(user("ann", "hash"));
            store.failed("ann");
            store.failed("ann");
            store.failed("nobody");
            assertThat(store.read()).extracting(ConsoleUser::failedTries).containsExactly(2);
            store.write(user("ann", "hash"));
            assertThat(store.read()).extracting(ConsoleUser::failedTries).containsExactly(2);
            store.signedIn("ann", THEN);
            assertThat(store.read())
                    .singleElement()
                    .satisfies(ann -> {
                        assertThat(ann.failedTries()).isZero();
                        assertThat(ann.lastSignIn()).isEqualTo(THEN);
                    });
            store.failed("ann");
            store.write(user("ann", "another"));
            assertThat(store.read())
                    .singleElement()
                    .satisfies(ann -> {
                        assertThat(ann.failedTries()).isZero();
                        assertThat(ann.lastSignIn()).isEqualTo(THEN);
                    });
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

package org.dlora.store.users;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Role;
import org.jspecify.annotations.Nullable;

/** A user in table {@code console_user}. */
@Entity
@Table(name = "console_user")
class UserRow {
    @Id String name = "";
    String role = "";
    String hash = "";
    boolean disabled;
    String stamp = "";
    Instant createdAt = Instant.EPOCH;
    @Nullable Instant lastSignInAt;
    int failedTries;

    /** Takes what a user says, but for the times and counts of sign-ins. */
    void take(ConsoleUser user) {
        name = user.name();
        role = user.role().label();
        if (!hash.equals(user.hash())) {
            failedTries = 0;
        }
        hash = user.hash();
        disabled = user.disabled();
        stamp = user.stamp();
        createdAt = user.created();
    }

    ConsoleUser user() {
        return new ConsoleUser(
                name,
                // A role of a later version may do the least.
                Role.of(role).orElse(Role.VIEWER),
                hash,
                disabled,
                stamp,
                createdAt,
                lastSignInAt,
                failedTries);
    }
}

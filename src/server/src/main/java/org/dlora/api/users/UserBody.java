package org.dlora.api.users;

import java.time.Instant;
import org.dlora.security.users.ConsoleUser;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A user of the console.
 *
 * @param role viewer, operator or admin
 * @param disabled whether the user cannot sign in
 * @param lastSignIn null if there was none
 * @param failedTries wrong passwords since the last sign-in
 */
@JsonNaming(SnakeCaseStrategy.class)
record UserBody(
        String name,
        String role,
        boolean disabled,
        Instant created,
        @Nullable Instant lastSignIn,
        int failedTries) {

    static UserBody of(ConsoleUser user) {
        return new UserBody(
                user.name(),
                user.role().label(),
                user.disabled(),
                user.created(),
                user.lastSignIn(),
                user.failedTries());
    }
}

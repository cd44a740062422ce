package org.dlora.app.commands;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.dlora.security.limits.Limits;
import org.jspecify.annotations.Nullable;

/** Target of the command {@code keys}: a running server, or its database. */
interface KeyDesk extends Desk {

    /**
     * A key as the command shows it.
     *
     * @param secret the whole key if it is new, else null
     * @param created a time
     * @param lastUsed a time, empty if it was never used
     * @param expires a time, empty if it does not
     * @param limits in words, empty if there are none
     */
    record Shown(
            String id,
            @Nullable String secret,
            String name,
            String team,
            List<String> scopes,
            List<String> adapters,
            String state,
            String created,
            String lastUsed,
            String expires,
            List<String> limits) {}

    /** Requested settings of a new key; {@code expiresIn} is a duration such as {@code 30d}. */
    record Wanted(
            String name,
            Optional<String> team,
            List<String> scopes,
            List<String> adapters,
            Optional<String> expiresIn,
            Limits limits) {}

    /**
     * Makes a key.
     *
     * @throws KeyDeskException if it is refused
     */
    Shown create(Wanted wanted);

    List<Shown> list();

    Shown revoke(String id);

    Shown rotate(String id, Duration overlap);
}

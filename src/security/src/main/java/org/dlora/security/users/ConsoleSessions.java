package org.dlora.security.users;

import java.time.Duration;
import java.time.InstantSource;
import org.dlora.security.Access;
import org.dlora.security.Ending;

/** Check of sessions: whether they go on, and what their calls may do. Thread-safe. */
public final class ConsoleSessions {
    private final UserDirectory directory;
    private final Duration lifetime;
    private final InstantSource clock;

    /**
     * @param lifetime from the sign-in to the end, used or not
     */
    public ConsoleSessions(UserService users, Duration lifetime, InstantSource clock) {
        directory = users.directory();
        this.lifetime = lifetime;
        this.clock = clock;
    }

    /** Returns whether a session goes on. */
    public boolean holds(SignedIn user) {
        return clock.instant().isBefore(user.since().plus(lifetime))
                && directory.holds(user.name(), user.stamp());
    }

    /** Ends a session's calls; the session has another user from now on, or none. */
    public void end(SignedIn user) {
        user.end();
    }

    /** Returns the time until a session is too old. */
    public Duration rest(SignedIn user) {
        return Duration.between(clock.instant(), user.since().plus(lifetime));
    }

    /** Returns the access of a session's calls, beside the table of the endpoints. */
    public Access access(SignedIn user) {
        return Access.ofUser(
                user.actor(),
                user.name(),
                user.role().scopes(),
                Ending.first(user.ended(), directory.end(user.name(), user.stamp())));
    }
}

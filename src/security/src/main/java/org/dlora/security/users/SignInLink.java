package org.dlora.security.users;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The link by which the first administrator signs in: for 15 minutes, once, and only while no user
 * is there. Thread-safe.
 */
public final class SignInLink {
    /** Time that the link holds. */
    public static final Duration LIFETIME = Duration.ofMinutes(15);

    private final BooleanSupplier isNeeded;
    private final InstantSource clock;
    private @Nullable String token;
    private Instant end = Instant.MIN;

    /**
     * @param users which must be empty
     */
    public SignInLink(UserService users, InstantSource clock) {
        isNeeded = users::isEmpty;
        this.clock = clock;
    }

    /** Returns the token of a new link; that of an earlier one ends. */
    public synchronized String issue() {
        token = RandomText.secret();
        end = clock.instant().plus(LIFETIME);
        return token;
    }

    /** Returns whether a link with this token would sign in. */
    public synchronized boolean isUsable(String given) {
        return token != null
                && clock.instant().isBefore(end)
                && isNeeded.getAsBoolean()
                && MessageDigest.isEqual(token.getBytes(UTF_8), given.getBytes(UTF_8));
    }

    /**
     * Uses the link up.
     *
     * @throws SignInRefusedException if it does not hold
     */
    synchronized void use(String given) {
        if (!isUsable(given)) {
            throw SignInRefusedException.link();
        }
        token = null;
    }

    @Override
    public String toString() {
        return "SignInLink[]";
    }
}

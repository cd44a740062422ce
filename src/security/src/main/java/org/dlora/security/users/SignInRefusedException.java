package org.dlora.security.users;

import java.time.Duration;

/** Refusal of a sign-in. It says nothing of whether the user exists. */
public final class SignInRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Duration SOON = Duration.ofSeconds(5);

    /** Kind of a refusal. */
    public enum Kind {
        /** Name or password is wrong, or the user is disabled. */
        WRONG,
        /** There were too many tries. */
        LOCKED,
        /** Too many passwords are being checked. */
        BUSY,
        /** The users are not known yet. */
        NOT_READY,
        /** The sign-in link has expired, or was used. */
        LINK,
        /** The identity provider's claim gives no role. */
        ROLE
    }

    private final Kind kind;
    private final Duration retryAfter;

    private SignInRefusedException(Kind kind, Duration retryAfter, String message) {
        super(message, null, false, false);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    static SignInRefusedException wrong() {
        return new SignInRefusedException(
                Kind.WRONG, Duration.ZERO, "Name or password is wrong, or the user is disabled.");
    }

    static SignInRefusedException locked(Duration retryAfter) {
        return new SignInRefusedException(
                Kind.LOCKED,
                retryAfter,
                "There were too many tries. Try again in %d s."
                        .formatted(Math.max(1, retryAfter.toSeconds())));
    }

    static SignInRefusedException busy() {
        return new SignInRefusedException(
                Kind.BUSY, SOON, "Too many are signing in. Try again in a few seconds.");
    }

    static SignInRefusedException notReady() {
        return new SignInRefusedException(
                Kind.NOT_READY,
                SOON,
                "The users have not been read from the database yet. Try again in a few seconds.");
    }

    static SignInRefusedException link() {
        return new SignInRefusedException(
                Kind.LINK,
                Duration.ZERO,
                "The link has expired or was used, or a user with a password is there.");
    }

    /** Returns the refusal of one whom the identity provider gives no role. */
    public static SignInRefusedException role() {
        return new SignInRefusedException(
                Kind.ROLE, Duration.ZERO, "Your account has no role here. Ask an administrator.");
    }

    public Kind kind() {
        return kind;
    }

    /** Returns the time after which another try makes sense; zero if none does. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** Returns the message. */
    public String words() {
        return String.valueOf(getMessage());
    }
}

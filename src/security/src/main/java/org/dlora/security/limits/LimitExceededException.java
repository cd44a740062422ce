package org.dlora.security.limits;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Refusal of a request by a limit. The message is written for the client. */
public final class LimitExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Advice to a refused client. */
    public enum Advice {
        /** The limit will have room after a while. */
        WAIT,
        /** The request alone is larger than the limit. */
        REDUCE,
        /** The budget has too little left until its period ends. */
        NEXT_PERIOD,
        /** The used tokens have not been read yet. */
        NOT_READY
    }

    private final transient Limited owner;
    private final LimitKind limit;
    private final Advice advice;
    private final @Nullable Duration wait;

    /**
     * @param wait null if the same request will never fit
     */
    LimitExceededException(
            Limited owner,
            LimitKind limit,
            Advice advice,
            @Nullable Duration wait,
            String message) {
        // No stack trace: refusals are ordinary answers and may be many.
        super(message, null, false, false);
        this.owner = owner;
        this.limit = limit;
        this.advice = advice;
        this.wait = wait;
    }

    /** Returns whose limit it is. */
    public Limited owner() {
        return owner;
    }

    public LimitKind limit() {
        return limit;
    }

    public Advice advice() {
        return advice;
    }

    /** Returns the time after which the same request may fit; empty if it never will. */
    public Optional<Duration> waitTime() {
        return Optional.ofNullable(wait);
    }

    /** Returns the message. */
    public String words() {
        return String.valueOf(getMessage());
    }

    /** Returns whether this refusal holds longer than another. */
    boolean outlasts(LimitExceededException other) {
        return other.wait != null && (wait == null || wait.compareTo(other.wait) > 0);
    }
}

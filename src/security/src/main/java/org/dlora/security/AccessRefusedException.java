package org.dlora.security;

import java.util.Optional;

/** Refusal of a call by its key. The message is written for the client, and names no secret. */
public final class AccessRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Kind of a refusal. */
    public enum Kind {
        /** No key was given, or more than one. */
        MISSING,
        /** The key is unknown, expired or revoked. */
        INVALID,
        /** The key lacks a scope, or its team does not own the adapter. */
        FORBIDDEN,
        /** The keys are not known yet. */
        NOT_READY
    }

    private final Kind kind;

    private AccessRefusedException(Kind kind, String message) {
        // No stack trace: refusals are ordinary answers and may be many.
        super(message, null, false, false);
        this.kind = kind;
    }

    static AccessRefusedException missing() {
        return new AccessRefusedException(
                Kind.MISSING,
                "This server needs an API key: send it as 'Authorization: Bearer dlora_…'.");
    }

    /** Returns the refusal of a call to the console by one who is not signed in. */
    public static AccessRefusedException signInNeeded() {
        return new AccessRefusedException(
                Kind.MISSING, "The console needs a sign-in; open /console/login in a browser.");
    }

    static AccessRefusedException malformed() {
        return new AccessRefusedException(
                Kind.MISSING,
                "The header Authorization must be given once, as 'Bearer' and a key of this server ('dlora_…').");
    }

    static AccessRefusedException unknown() {
        return new AccessRefusedException(
                Kind.INVALID,
                "The API key is not one of this server. Check it, or ask for another.");
    }

    static AccessRefusedException ended(ApiKey key) {
        return new AccessRefusedException(
                Kind.INVALID,
                "The API key %s %s. Ask for another."
                        .formatted(
                                key.id(), key.revoked() == null ? "has expired" : "was revoked"));
    }

    /** Returns the refusal of a running call, whose key has ended; empty if it has none. */
    public static AccessRefusedException endedMeanwhile(Optional<String> id) {
        return id.map(known ->
                        new AccessRefusedException(
                                Kind.INVALID,
                                Access.isUser(known)
                                        ? "The session of %s has ended.".formatted(known)
                                        : "The API key %s was revoked or has expired."
                                                .formatted(known)))
                .orElseGet(AccessRefusedException::missing);
    }

    /** Returns a refusal that says what the key may not. */
    public static AccessRefusedException forbidden(String message) {
        return new AccessRefusedException(Kind.FORBIDDEN, message);
    }

    static AccessRefusedException notReady(String message) {
        return new AccessRefusedException(Kind.NOT_READY, message);
    }

    public Kind kind() {
        return kind;
    }

    /** Returns the message. */
    public String words() {
        return String.valueOf(getMessage());
    }
}

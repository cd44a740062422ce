package org.dlora.security;

import org.jspecify.annotations.Nullable;

/** Refusal of a change of keys or teams. The message is written for the client. */
public final class KeyChangeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Kind of a refusal. */
    public enum Kind {
        /** A value is not allowed. */
        INVALID,
        /** There is no such key or team. */
        UNKNOWN,
        /** The state of keys and teams forbids it. */
        CONFLICT
    }

    private final Kind kind;
    private final @Nullable String field;

    private KeyChangeException(Kind kind, @Nullable String field, String message) {
        super(message, null, false, false);
        this.kind = kind;
        this.field = field;
    }

    /**
     * Returns the refusal of a value.
     *
     * @param field member of the body that has the value
     */
    public static KeyChangeException invalid(String field, String message) {
        return new KeyChangeException(Kind.INVALID, field, message);
    }

    static KeyChangeException unknown(String message) {
        return new KeyChangeException(Kind.UNKNOWN, null, message);
    }

    static KeyChangeException conflict(String message) {
        return new KeyChangeException(Kind.CONFLICT, null, message);
    }

    public Kind kind() {
        return kind;
    }

    /** Returns the member of the body that is to blame, null if none is. */
    public @Nullable String field() {
        return field;
    }

    /** Returns the message. */
    public String words() {
        return String.valueOf(getMessage());
    }
}

package org.dlora.security.users;

import org.jspecify.annotations.Nullable;

/** Refusal of a change of users. The message is written for the client, and names no password. */
public final class UserChangeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Kind of a refusal. */
    public enum Kind {
        /** A value is not allowed. */
        INVALID,
        /** There is no such user. */
        UNKNOWN,
        /** The state of the users forbids it. */
        CONFLICT
    }

    private final Kind kind;
    private final @Nullable String field;

    private UserChangeException(Kind kind, @Nullable String field, String message) {
        super(message, null, false, false);
        this.kind = kind;
        this.field = field;
    }

    /**
     * Returns the refusal of a value.
     *
     * @param field member of the body, or field of the form, that has the value
     */
    public static UserChangeException invalid(String field, String message) {
        return new UserChangeException(Kind.INVALID, field, message);
    }

    /** Returns the refusal of a name that no user has. */
    public static UserChangeException unknown() {
        return new UserChangeException(
                Kind.UNKNOWN, null, "There is no such user; GET /admin/users lists them.");
    }

    static UserChangeException conflict(String message) {
        return new UserChangeException(Kind.CONFLICT, null, message);
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

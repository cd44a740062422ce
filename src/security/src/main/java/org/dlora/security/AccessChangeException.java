package org.dlora.security;

import org.jspecify.annotations.Nullable;

/**
 * Refusal of a change of keys, teams or users. The message is written for the client, and names no
 * password.
 */
public final class AccessChangeException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_WORD = 100;

    /** Kind of a refusal. */
    public enum Kind {
        /** A value is not allowed. */
        INVALID,
        /** There is no such key, team or user. */
        UNKNOWN,
        /** The state of the others forbids it. */
        CONFLICT
    }

    private final Kind kind;
    private final @Nullable String field;

    private AccessChangeException(Kind kind, @Nullable String field, String message) {
        super(message, null, false, false);
        this.kind = kind;
        this.field = field;
    }

    /**
     * Returns the refusal of a value.
     *
     * @param field member of the body, or field of the form, that has the value
     */
    public static AccessChangeException invalid(String field, String message) {
        return new AccessChangeException(Kind.INVALID, field, message);
    }

    /**
     * Returns the refusal of a word that is none of a list.
     *
     * @param kind such as {@code scope}
     * @param known words of that kind, as a sentence has them
     */
    public static AccessChangeException noSuchWord(
            String field, String word, String kind, String known) {
        var shown =
                word.length() <= LONGEST_WORD
                        ? word
                        : word.substring(0, LONGEST_WORD) + " (truncated)...";
        return invalid(field, "'%s' is no %s; expected %s.".formatted(shown, kind, known));
    }

    /**
     * Returns the refusal of a name that nobody has.
     *
     * @param kind such as {@code key}
     * @param list path that lists the names
     */
    public static AccessChangeException unknown(String kind, String list) {
        return new AccessChangeException(
                Kind.UNKNOWN,
                null,
                "There is no such %s; GET %s lists them.".formatted(kind, list));
    }

    /** Returns the refusal of what the state of the others forbids. */
    public static AccessChangeException conflict(String message) {
        return new AccessChangeException(Kind.CONFLICT, null, message);
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

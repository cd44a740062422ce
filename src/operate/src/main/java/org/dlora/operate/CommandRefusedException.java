package org.dlora.operate;

import org.jspecify.annotations.Nullable;

/** Refusal of a command. The message is written for the operator. */
public final class CommandRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Kind of a refusal. */
    public enum Kind {
        /** A value is not allowed. */
        INVALID,
        /** The command names something that is not there. */
        UNKNOWN,
        /** No adapter has that name. */
        UNKNOWN_ADAPTER,
        /** The command names something that was there. */
        GONE,
        /** The present state forbids the command. */
        CONFLICT,
        /** The caller's team has as many adapters or pins as it may have. */
        QUOTA,
        /** There are more bytes than the caller or its team may have. */
        TOO_LARGE,
        /** The settings do not allow the command. */
        FORBIDDEN,
        /** Too many such commands are unfinished. */
        BUSY,
        /** Another server does not give what it was asked for. */
        SOURCE_UNAVAILABLE,
        /** This server cannot do or keep what it was asked for now. */
        UNAVAILABLE,
        /** The database is away. */
        STORE_UNAVAILABLE
    }

    private final Kind kind;
    private final @Nullable String field;

    private CommandRefusedException(Kind kind, @Nullable String field, String message) {
        // No stack trace: refusals are ordinary answers and may be many.
        super(message, null, false, false);
        this.kind = kind;
        this.field = field;
    }

    /** Returns a refusal for which no field is to blame. */
    public static CommandRefusedException of(Kind kind, String message) {
        return new CommandRefusedException(kind, null, message);
    }

    /** Returns the refusal of a field's value; null if no single field is to blame. */
    public static CommandRefusedException invalid(@Nullable String field, String message) {
        return new CommandRefusedException(Kind.INVALID, field, message);
    }

    public Kind kind() {
        return kind;
    }

    /** Returns the field that is to blame; null if none is. */
    public @Nullable String field() {
        return field;
    }

    /** Returns the message. */
    public String words() {
        return String.valueOf(getMessage());
    }
}

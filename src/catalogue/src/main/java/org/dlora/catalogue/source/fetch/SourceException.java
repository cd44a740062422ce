package org.dlora.catalogue.source.fetch;

import java.io.IOException;

/**
 * A source does not give what it was asked for. The message is written for the person who asked: it
 * names what was given, what was expected and what to do. Addresses in it have no secrets.
 */
public final class SourceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    /** Reason of a {@link SourceException}. */
    public enum Kind {
        /** The source, or what it holds, cannot be taken. */
        REFUSED,
        /** The settings do not allow the source. */
        FORBIDDEN,
        /** The source holds more than the settings allow. */
        TOO_LARGE,
        /** The source cannot be reached, or gave damaged bytes. Another attempt may succeed. */
        UNAVAILABLE,
        /** The files cannot be kept on this machine. */
        STORAGE,
        /** The database did not say whether it has recorded the adapter. */
        UNRECORDED,
        /** The job is in a state that does not allow it. */
        CONFLICT,
        /** Too many jobs are unfinished. */
        BUSY
    }

    private SourceException(Kind kind, String message, Throwable cause) {
        super(PublicSource.in(message), cause);
        this.kind = kind;
    }

    public SourceException(Kind kind, String message) {
        super(PublicSource.in(message));
        this.kind = kind;
    }

    /** Returns the exception for a source that cannot be reached, or breaks off. */
    public static SourceException unavailable(String message, Throwable cause) {
        return new SourceException(Kind.UNAVAILABLE, message, cause);
    }

    /** Returns the exception for content that cannot be taken. */
    public static SourceException refused(String message) {
        return new SourceException(Kind.REFUSED, message);
    }

    /** Returns the exception for files of this machine that cannot be written or read. */
    public static SourceException storage(String message, IOException cause) {
        return new SourceException(Kind.STORAGE, message + ": " + cause, cause);
    }

    public Kind kind() {
        return kind;
    }
}

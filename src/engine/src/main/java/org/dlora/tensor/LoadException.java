package org.dlora.tensor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A model or adapter folder cannot be served. The message is written for the person who put the
 * folder there. It names the file, the field or tensor, what was found, what was expected and what
 * to do. Loading throws no other exception.
 */
public final class LoadException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ArrayList<String> problems;
    private final boolean unreadable;

    public LoadException(String message) {
        this(List.of(message));
    }

    public LoadException(String message, Throwable cause) {
        this(List.of(message), List.of(cause), false);
    }

    /** Several problems of one folder; the message has a line for each. */
    public LoadException(List<String> problems) {
        this(problems, List.of(), false);
    }

    /**
     * @param causes the first is the cause, the others are suppressed
     */
    LoadException(List<String> problems, List<? extends Throwable> causes, boolean unreadable) {
        super(String.join("\n  ", problems), causes.isEmpty() ? null : causes.getFirst());
        this.problems = new ArrayList<>(problems);
        this.unreadable = unreadable;
        causes.stream().skip(1).forEach(this::addSuppressed);
    }

    /** Returns the exception for a file that cannot be read now, whatever is in it. */
    static LoadException unreadable(Path file, IOException cause) {
        return new LoadException(
                List.of(file.getFileName() + ": cannot be read: " + cause.getMessage()),
                List.of(cause),
                true);
    }

    /**
     * Returns the exception for a file that is not there.
     *
     * @param problem where it is missed, and what to do
     */
    static LoadException missing(Path file, String problem) {
        return new LoadException(
                List.of(file.getFileName() + ": missing from " + problem), List.of(), true);
    }

    /**
     * Returns the exception for a problem inside {@code file}. Its message starts with the file's
     * name.
     */
    public static LoadException in(Path file, String problem) {
        return new LoadException(file.getFileName() + ": " + problem);
    }

    /**
     * Returns the exception for a mapped file that is shorter now than when it was opened. The JVM
     * reports that as {@code fault}.
     *
     * @param where the file, or in words which files it may be
     */
    public static LoadException cutShort(Object where, InternalError fault) {
        return new LoadException(
                List.of(where + " was cut short while it was read; load it again once it is whole"),
                List.of(fault),
                true);
    }

    /**
     * Returns whether files are missing or could not be read, which says nothing of their content.
     * Another attempt may succeed.
     */
    public boolean isUnreadable() {
        return unreadable;
    }

    /** Returns each problem by itself, in the order in which they were found. */
    public List<String> problems() {
        return List.copyOf(problems);
    }
}

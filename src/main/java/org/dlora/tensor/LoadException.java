package org.dlora.tensor;

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

    public LoadException(String message) {
        this(List.of(message));
    }

    public LoadException(String message, Throwable cause) {
        super(message, cause);
        this.problems = new ArrayList<>(List.of(message));
    }

    /** Several problems of one folder; the message has a line for each. */
    public LoadException(List<String> problems) {
        super(String.join("\n  ", problems));
        this.problems = new ArrayList<>(problems);
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
                where + " was cut short while it was read; load it again once it is whole", fault);
    }

    /** Returns each problem by itself, in the order in which they were found. */
    public List<String> problems() {
        return List.copyOf(problems);
    }
}

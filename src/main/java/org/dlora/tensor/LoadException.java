package org.dlora.tensor;

import java.nio.file.Path;

/**
 * A model or adapter folder cannot be served. The message names the file, the field or tensor, what
 * was found, what was expected and what to do; it is written for the person who put the folder
 * there and is the only exception that loading throws.
 */
public final class LoadException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public LoadException(String message) {
        super(message);
    }

    public LoadException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A problem inside {@code file}: the message starts with the file's name. */
    public static LoadException in(Path file, String problem) {
        return new LoadException(file.getFileName() + ": " + problem);
    }
}

package org.dlora.engine.opening;

/** Failure of a start because of the settings. The message says why and what to set. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StartException(String message) {
        super(message);
    }
}

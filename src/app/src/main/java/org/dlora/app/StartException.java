package org.dlora.app;

/** Failure of a start because of the settings. The message says why and what to set. */
final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StartException(String message) {
        super(message);
    }
}

package org.dlora.app;

/** The settings do not allow a start; the message says why and what to set. */
final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StartException(String message) {
        super(message);
    }
}

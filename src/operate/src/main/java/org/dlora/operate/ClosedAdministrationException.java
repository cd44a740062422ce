package org.dlora.operate;

/** Refusal of a service that the settings keep closed. The message is written for the client. */
public final class ClosedAdministrationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClosedAdministrationException(String message) {
        super(message, null, false, false);
    }
}

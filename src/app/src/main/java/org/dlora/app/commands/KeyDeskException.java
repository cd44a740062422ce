package org.dlora.app.commands;

/**
 * Refusal of what the commands {@code keys} and {@code users} were to do, in words for its user.
 */
final class KeyDeskException extends RuntimeException {
    private static final long serialVersionUID = 1;

    KeyDeskException(String message) {
        super(message);
    }
}

package org.dlora.security;

import org.jspecify.annotations.Nullable;

/** Refusal of a change of keys or teams, because it cannot be kept. */
public final class KeysUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public KeysUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package org.dlora.security;

import org.jspecify.annotations.Nullable;

/** Refusal of a change of keys, teams or users, because it cannot be kept. */
public final class AccessUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AccessUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

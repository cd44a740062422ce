package org.dlora.security.users;

import org.jspecify.annotations.Nullable;

/** Refusal of a change of users, because it cannot be kept. */
public final class UsersUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UsersUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

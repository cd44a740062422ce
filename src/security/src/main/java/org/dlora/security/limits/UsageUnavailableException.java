package org.dlora.security.limits;

/** Used tokens can be neither read nor written now: the database is away. */
public final class UsageUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UsageUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

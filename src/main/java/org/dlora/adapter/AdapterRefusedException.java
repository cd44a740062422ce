package org.dlora.adapter;

/** An adapter cannot be loaded as asked; the message says why and what to do. */
public final class AdapterRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AdapterRefusedException(String message) {
        super(message);
    }

    AdapterRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}

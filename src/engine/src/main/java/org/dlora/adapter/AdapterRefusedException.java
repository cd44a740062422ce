package org.dlora.adapter;

/** Refusal of an adapter that cannot be loaded as asked. The message says why and what to do. */
public class AdapterRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AdapterRefusedException(String message) {
        super(message);
    }

    AdapterRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}

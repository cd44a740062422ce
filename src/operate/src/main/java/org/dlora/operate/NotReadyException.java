package org.dlora.operate;

/** Refusal of a call while the model is still loading, or the server is stopping. */
public final class NotReadyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotReadyException() {
        super("The model is not ready.", null, false, false);
    }
}

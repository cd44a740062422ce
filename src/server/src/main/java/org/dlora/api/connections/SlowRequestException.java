package org.dlora.api.connections;

/** A request that has not come in whole in the time that it may take. */
public final class SlowRequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SlowRequestException(String message) {
        super(message, null, false, false);
    }
}

package org.dlora.catalogue.served;

/**
 * Refusal of a change, because its gate was not run to its end, or the adapter was changed
 * meanwhile. It says nothing of the version: another attempt may succeed.
 */
public final class GateNotRunException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /**
     * @param message a sentence without a full stop
     */
    public GateNotRunException(String message) {
        super(message);
    }

    public GateNotRunException(String message, Throwable cause) {
        super(message, cause);
    }
}

package org.dlora.device;

/**
 * Refusal of bytes that cannot be copied into a device's memory. The message names the given and
 * the expected kind.
 */
public final class CopyMismatchException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** Creates an exception with the message "{@code given}: expected {@code expected}". */
    public CopyMismatchException(Object given, Object expected) {
        super(given + ": expected " + expected);
    }
}

package org.dlora.device;

/**
 * Bytes that cannot be copied into a device's memory. The message says what they are and what was
 * expected.
 */
public final class CopyMismatchException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** Creates an exception with the message "{@code given}: expected {@code expected}". */
    public CopyMismatchException(Object given, Object expected) {
        super(given + ": expected " + expected);
    }
}

package org.dlora.api.connections;

/** A form that is larger than its page needs. */
public final class LargeFormException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param most bytes that it may have
     */
    LargeFormException(int most) {
        super(
                "The form is larger than the %,d bytes that this page takes. Send a shorter text"
                        .formatted(most),
                null,
                false,
                false);
    }
}

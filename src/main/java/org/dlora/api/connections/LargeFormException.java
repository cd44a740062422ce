package org.dlora.api.connections;

/** A form that is larger than the fields of a page need. */
public final class LargeFormException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Most bytes of a form, which anybody may send. */
    static final int MOST = 1 << 14;

    LargeFormException() {
        super("A form may have %,d bytes".formatted(MOST), null, false, false);
    }
}

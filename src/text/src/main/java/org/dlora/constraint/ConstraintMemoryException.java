package org.dlora.constraint;

/**
 * Refusal of a constraint because those of unfinished requests take too much memory. The client
 * should try again.
 */
public final class ConstraintMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * @param used bytes of the constraints in use
     * @param more bytes of the one that is refused
     * @param limit bytes
     */
    public ConstraintMemoryException(long used, long more, long limit) {
        super(
                "The constraints of unfinished requests take %s of memory, the limit is %s, and this one needs %s more. Try again shortly, or use a smaller constraint."
                        .formatted(size(used), size(limit), size(more)));
    }

    private static String size(long bytes) {
        return bytes < 1 << 20 ? bytes / 1024 + " KiB" : (bytes >> 20) + " MiB";
    }
}

package org.dlora.catalogue.served;

/** The content that answered a request is not served any more. The message says why. */
public final class VersionGoneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public VersionGoneException(String message) {
        super(message);
    }
}

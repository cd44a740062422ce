package org.dlora.catalogue.versions;

/** Refusal of a change, because the database that would keep it is away. Nothing has changed. */
public final class CatalogueUnavailableException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public CatalogueUnavailableException(String reason, Throwable cause) {
        super("The change was not made, because it cannot be kept: %s".formatted(reason), cause);
    }

    public CatalogueUnavailableException(String reason) {
        super("The change was not made, because it cannot be kept: %s".formatted(reason));
    }
}

package org.dlora.cluster.catalogue;

/** Refusal of a change, because another server has changed the adapter. Nothing has changed. */
public final class CatalogueChangedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public CatalogueChangedException(String name) {
        super(
                "Another server has changed adapter '%s' meanwhile; look at it and try again in some seconds"
                        .formatted(name));
    }
}

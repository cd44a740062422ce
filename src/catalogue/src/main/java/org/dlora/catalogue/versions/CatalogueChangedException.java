package org.dlora.catalogue.versions;

/** Refusal of a change, because another server has made one meanwhile. Nothing has changed. */
public final class CatalogueChangedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private CatalogueChangedException(String what) {
        super(
                "Another server has changed %s meanwhile; look at it and try again in some seconds"
                        .formatted(what));
    }

    /** Returns the refusal of a change of an adapter. */
    public static CatalogueChangedException adapter(String name) {
        return new CatalogueChangedException("adapter '%s'".formatted(name));
    }

    /**
     * Returns the refusal of a change of a weight of service.
     *
     * @param model the adapter's name; empty for the base model
     */
    public static CatalogueChangedException share(String model) {
        return new CatalogueChangedException(
                model.isEmpty()
                        ? "the share of the base model"
                        : "the share of adapter '%s'".formatted(model));
    }
}

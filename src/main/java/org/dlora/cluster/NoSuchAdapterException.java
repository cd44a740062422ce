package org.dlora.cluster;

/** No adapter has this name, or none any more. */
public final class NoSuchAdapterException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public NoSuchAdapterException(String name) {
        super("Adapter '" + name + "' is not loaded");
    }
}

package org.dlora.cluster.adapters;

/** Refusal of a name that no served adapter has. */
public final class NoSuchAdapterException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public NoSuchAdapterException(String name) {
        super("Adapter '" + name + "' is not loaded");
    }
}

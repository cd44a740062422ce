package org.dlora.catalogue.manifest;

/** Refusal of a change to what comes from the manifest. Nothing has changed. */
public final class ManagedAdapterException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    ManagedAdapterException(DesiredAdapter adapter, String member) {
        super(
                "'%s' of adapter '%s' comes from the manifest (dlora.adapters.manifest, line %d); change it there"
                        .formatted(member, adapter.name(), adapter.line()));
    }
}

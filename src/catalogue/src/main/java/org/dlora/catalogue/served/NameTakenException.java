package org.dlora.catalogue.served;

import org.dlora.adapter.AdapterRefusedException;

/** Refusal of a new adapter whose name is that of a served one. */
public final class NameTakenException extends AdapterRefusedException {
    private static final long serialVersionUID = 1;

    public NameTakenException(String name) {
        super(
                "The adapter '%s' is served already. Choose another name, or add a version of it: on its page of the console, or by activate=false; in_place=true replaces it"
                        .formatted(name));
    }
}

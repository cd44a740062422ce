package org.dlora.cluster.migration;

import org.jspecify.annotations.Nullable;

/** Refusal of a move that has become impossible while its target loaded the adapter. */
public final class MoveConflictException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public MoveConflictException(@Nullable String message) {
        super(message);
    }
}

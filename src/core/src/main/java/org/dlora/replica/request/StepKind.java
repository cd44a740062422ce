package org.dlora.replica.request;

import org.dlora.scheduling.Mode;

/** Kind of a step, by its weights and by whose rows went through them. */
public enum StepKind {
    /** The weights were the base model's. */
    UNMERGED,
    /** All rows were of the adapter in the weights. */
    MERGED,
    /** Rows of other models ran beside the adapter in the weights. */
    MIXED;

    public static StepKind of(Mode mode, int correctedRows) {
        return switch (mode) {
            case Mode.Unmerged() -> UNMERGED;
            case Mode.Merged _ -> correctedRows == 0 ? MERGED : MIXED;
        };
    }
}

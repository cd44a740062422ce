package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * The content of a replica's live weights. The KV cache belongs to the adapter, not to the mode. KV
 * written in one mode is read in any other.
 */
public sealed interface Mode {
    /** The checkpoint's weights; each row gets the LoRA term of its own adapter. */
    record Unmerged() implements Mode {
        @Override
        public String toString() {
            return "unmerged";
        }
    }

    /**
     * The weights {@code W + s·B·A} of one adapter, whose rows then cost the same as base rows.
     * Rows of other adapters and of the base may run beside it with a correction (mixed), if its
     * {@link MergeRules} allow it.
     */
    record Merged(String adapter) implements Mode {
        @Override
        public String toString() {
            return "merged(" + adapter + ")";
        }
    }

    /** The mode that every replica starts in. */
    static Mode unmerged() {
        return new Unmerged();
    }

    static Mode merged(String adapter) {
        return new Merged(adapter);
    }

    /** Merged with {@code adapter}; unmerged for the base model. */
    static Mode merged(AdapterRef adapter) {
        return switch (adapter) {
            case AdapterRef.Base() -> unmerged();
            case AdapterRef.Adapter(var id) -> merged(id);
        };
    }

    /** Returns whether {@code adapter}'s rows need no LoRA term. */
    default boolean isMerged(AdapterRef adapter) {
        return this instanceof Merged(var merged) && adapter.is(merged);
    }

    /** Returns whether the rows of {@code adapter}, null for the base, need no LoRA term. */
    default boolean isMerged(@Nullable String adapter) {
        return this instanceof Merged(var merged) && merged.equals(adapter);
    }
}

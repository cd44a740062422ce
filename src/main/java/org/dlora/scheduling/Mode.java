package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * What the live weights of a replica hold. The KV cache belongs to the adapter, not to the mode:
 * what was written in one is read in any other.
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
     * {@code W + s·B·A} of one adapter, whose rows cost what base rows cost otherwise. Rows of
     * other adapters and of the base may run beside it with a correction (mixed), if its {@link
     * MergeRules} allow it.
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

    /** Whether {@code adapter}'s rows need no LoRA term. */
    default boolean isMerged(AdapterRef adapter) {
        return this instanceof Merged(var merged) && adapter.is(merged);
    }

    /** Whether the rows of the adapter {@code adapter}, null for the base, need no LoRA term. */
    default boolean isMerged(@Nullable String adapter) {
        return this instanceof Merged(var merged) && merged.equals(adapter);
    }
}

package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * The permissions to merge an adapter and to run others beside it. Reasons are for people: they
 * appear in the explanation of a decision.
 *
 * @param unmergeable reason why it is never merged (a retrained module, a merge fidelity below the
 *     limit, no adapter at all), null if it may be
 * @param exclusive reason why only its own rows may run while it is merged (the rounding that
 *     others would see, a DoRA gain near 0), null if others may
 */
public record MergeRules(@Nullable String unmergeable, @Nullable String exclusive) {
    /** Rules of an adapter that may be merged, with others beside it. */
    public static final MergeRules FREE = new MergeRules(null, null);

    public static MergeRules never(String reason) {
        return new MergeRules(reason, reason);
    }

    public static MergeRules aloneOnly(String reason) {
        return new MergeRules(null, reason);
    }

    public boolean mergeable() {
        return unmergeable == null;
    }

    /** Returns whether it may be merged and rows of others corrected. */
    public boolean mixable() {
        return unmergeable == null && exclusive == null;
    }
}

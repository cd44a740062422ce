package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * Whether an adapter may be merged, and whether others may run beside it then. Reasons are for
 * people: they appear in the explanation of a decision.
 *
 * @param unmergeable why it is never merged (a retrained module, a merge fidelity below the limit,
 *     no adapter at all), null if it may be
 * @param exclusive why no rows but its own may run while it is merged (the rounding that others
 *     would see, a DoRA gain near 0), null if they may
 */
public record MergeRules(@Nullable String unmergeable, @Nullable String exclusive) {
    /** May be merged, others may run beside it. */
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

    /** Whether it may be merged and rows of others corrected. */
    public boolean mixable() {
        return unmergeable == null && exclusive == null;
    }
}

package org.dlora.cluster;

import org.dlora.adapter.MergeFidelity;
import org.dlora.scheduling.MergeRules;
import org.jspecify.annotations.Nullable;

/**
 * Whether an adapter may be merged, as far as is known.
 *
 * @param fidelity what merging it costs in accuracy, null if that was not measured
 */
public record MergeVerdict(MergeRules rules, @Nullable MergeFidelity fidelity) {
    static MergeVerdict never(String reason) {
        return new MergeVerdict(MergeRules.never(reason), null);
    }
}

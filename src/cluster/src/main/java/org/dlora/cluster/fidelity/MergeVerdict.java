package org.dlora.cluster.fidelity;

import org.dlora.adapter.content.MergeFidelity;
import org.dlora.scheduling.MergeRules;
import org.jspecify.annotations.Nullable;

/**
 * Verdict on merging an adapter, as far as is known.
 *
 * @param fidelity accuracy of its merged weights, null if that was not measured
 */
public record MergeVerdict(MergeRules rules, @Nullable MergeFidelity fidelity) {
    public static MergeVerdict never(String reason) {
        return new MergeVerdict(MergeRules.never(reason), null);
    }
}

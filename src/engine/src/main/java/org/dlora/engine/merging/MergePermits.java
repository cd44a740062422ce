package org.dlora.engine.merging;

import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.scheduling.MergeRules;

/** Says whether an adapter may be merged, as far as is known. Thread-safe, and answers at once. */
@FunctionalInterface
public interface MergePermits {
    /** Permits of every merge that is possible. */
    MergePermits ALL = adapter -> structural(adapter.merge());

    MergeRules of(AdapterWeights adapter);

    /** Returns whether the answer is final; asking starts nothing. */
    default boolean isFinal(AdapterWeights adapter) {
        return true;
    }

    /** Returns rules that allow whatever can be merged and mixed, whatever accuracy that costs. */
    static MergeRules structural(MergeTerms merge) {
        return merge.obstacle()
                .map(MergeRules::never)
                .or(() -> merge.mixingObstacle().map(MergeRules::aloneOnly))
                .orElse(MergeRules.FREE);
    }
}

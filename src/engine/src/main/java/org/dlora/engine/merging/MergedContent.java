package org.dlora.engine.merging;

import org.dlora.adapter.weights.MergeTerms;
import org.dlora.model.weights.StepWeights;

/**
 * An adapter in copies of the matrices that it changes.
 *
 * @param terms terms that were merged into the copies
 * @param version of these copies; see {@link StepWeights#version}
 */
record MergedContent(String adapter, MergeTerms terms, long version) {
    boolean isOf(String other) {
        return adapter.equals(other);
    }
}

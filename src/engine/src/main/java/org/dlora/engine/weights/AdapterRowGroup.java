package org.dlora.engine.weights;

import java.util.List;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a step that follow one another and are of one adapter, or of the base.
 *
 * @param adapter id of the adapter, null = the base model
 */
public record AdapterRowGroup(
        @Nullable String adapter, AdapterTerms terms, int firstRow, int rows) {
    /** Returns the group with other terms. */
    public LoraGroup with(List<LoraTerm> others) {
        return new LoraGroup(firstRow, rows, others);
    }
}

package org.dlora.scheduling;

import java.util.List;
import java.util.Set;

/**
 * A replica at a step boundary.
 *
 * @param now seconds since some fixed moment
 * @param sequences all that hold blocks, and of the others the {@link StepLimits#maxBatch} oldest
 *     of all and the {@code maxBatch} oldest of each adapter; oldest first. A policy that goes by
 *     arrival alone does with as many waiting ones as a step has places left, at least one
 * @param freeBlocks cache blocks that nobody holds, cached prefixes among them
 * @param adapters those of the base model and the loaded adapters that have unfinished requests, in
 *     the order in which they were loaded; these know how many requests there are beyond those in
 *     {@code sequences}
 * @param loaded the base model and all adapters that are loaded, with requests or without. The set
 *     never changes: it is another object as soon as an adapter is loaded or unloaded, and the same
 *     one until then
 * @param outputs lengths of the answers of all models so far
 * @param costs what the replica has learned about its device
 */
public record Snapshot(
        double now,
        List<SequenceView> sequences,
        int freeBlocks,
        StepLimits limits,
        MergeView merge,
        List<AdapterView> adapters,
        Set<AdapterRef> loaded,
        OutputLengths outputs,
        SloLimits slo,
        CostModel costs) {

    public Snapshot {
        sequences = List.copyOf(sequences);
        adapters = List.copyOf(adapters);
    }

    /** One for policies that look at sequences only. */
    public Snapshot(List<SequenceView> sequences, int freeBlocks, StepLimits limits) {
        this(
                0,
                sequences,
                freeBlocks,
                limits,
                MergeView.UNMERGED,
                List.of(),
                Set.of(),
                OutputLengths.NONE,
                SloLimits.NONE,
                CostModel.UNCALIBRATED);
    }
}

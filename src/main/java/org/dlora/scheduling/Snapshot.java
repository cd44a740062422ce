package org.dlora.scheduling;

import java.util.List;

/**
 * A replica at a step boundary.
 *
 * @param now seconds since some fixed moment
 * @param sequences all that hold blocks, and of the others the {@link StepLimits#maxBatch} oldest
 *     of all and the {@code maxBatch} oldest of each adapter; oldest first. A policy that goes by
 *     arrival alone does with as many waiting ones as a step has places left, at least one
 * @param freeBlocks cache blocks that nobody holds, cached prefixes among them
 * @param adapters the base model and all adapters that are loaded, in the order in which they came;
 *     these know how many requests there are beyond those in {@code sequences}
 * @param costs what the replica has learned about its device
 */
public record Snapshot(
        double now,
        List<SequenceView> sequences,
        int freeBlocks,
        StepLimits limits,
        MergeView merge,
        List<AdapterView> adapters,
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
                SloLimits.NONE,
                CostModel.UNCALIBRATED);
    }
}

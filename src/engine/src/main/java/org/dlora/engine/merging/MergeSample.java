package org.dlora.engine.merging;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.MergeLoss;
import org.dlora.device.Operations;
import org.dlora.device.WeightUpdate;

/**
 * Sample of the rows that a merge changes: all of them, or slices that are spread evenly. Slices
 * are drawn in steps of the golden ratio, so that a pattern that repeats from layer to layer is met
 * at other rows each time.
 */
record MergeSample(List<Slice> slices) {
    /** Rows of a sample; it may have a few more. */
    static final int ROWS = 512 * WeightUpdate.SLICE_ROWS;

    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    /** The rows {@code from .. to} of a matrix. */
    record Slice(WeightUpdate update, int from, int to) {}

    static MergeSample of(List<MergeTask> tasks) {
        var all = new ArrayList<Slice>();
        for (var task : tasks) {
            for (int row = 0; row < task.rows(); row += WeightUpdate.SLICE_ROWS) {
                int end = Math.min(row + WeightUpdate.SLICE_ROWS, task.rows());
                all.add(new Slice(task.update(), row, end));
            }
        }
        double share = (double) ROWS / WeightUpdate.SLICE_ROWS / all.size();
        var some = new ArrayList<Slice>();
        for (int i = 0; i < all.size(); i++) {
            if (i * GOLDEN % 1 < share) {
                some.add(all.get(i));
            }
        }
        return new MergeSample(some);
    }

    /** Returns the loss of all slices, summed in their order, so that it is always the same. */
    MergeLoss loss(Operations operations) {
        return slices.stream()
                .map(slice -> operations.mergeLoss(slice.update(), slice.from(), slice.to()))
                .reduce(MergeLoss.NONE, MergeLoss::plus);
    }
}

package org.dlora.model;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.MergeLoss;
import org.dlora.device.Operations;
import org.dlora.device.WeightUpdate;

/**
 * Rows of the matrices that a merge changes, all or some of them: slices that are spread evenly, in
 * steps of the golden ratio, so that what repeats from layer to layer meets them at other rows.
 */
record MergeSample(List<Slice> slices) {
    /** What a sample has of rows, or a few more. */
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

    /** In the order of the slices, so that it is always the same. */
    MergeLoss loss(Operations operations) {
        return slices.stream()
                .map(slice -> operations.mergeLoss(slice.update(), slice.from(), slice.to()))
                .reduce(MergeLoss.NONE, MergeLoss::plus);
    }
}

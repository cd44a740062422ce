package org.dlora.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;

/** An adapter on its way into copies of the weights, which nobody reads yet. */
final class MergeBuild {
    private final String adapter;
    private final List<MergeTask> tasks;
    private final Map<LayerSite, WeightMatrix> copies = new HashMap<>();
    private int task;
    private int row;

    MergeBuild(String adapter, List<MergeTask> tasks) {
        this.adapter = adapter;
        this.tasks = tasks;
    }

    /** One whose copies hold the adapter already. */
    static MergeBuild finished(String adapter, Map<LayerSite, WeightMatrix> copies) {
        var build = new MergeBuild(adapter, List.of());
        build.copies.putAll(copies);
        return build;
    }

    String adapter() {
        return adapter;
    }

    /** The copies so far. */
    Map<LayerSite, WeightMatrix> copies() {
        return copies;
    }

    /** Of all copies when it is ready. */
    long bytes() {
        return isReady()
                ? copies.values().stream().mapToLong(WeightMatrix::bytes).sum()
                : MergeTask.bytes(tasks);
    }

    boolean isReady() {
        return task == tasks.size();
    }

    /** Multiply-adds to go. */
    long remaining() {
        long all = 0;
        for (int i = task; i < tasks.size(); i++) {
            int rows = tasks.get(i).rows() - (i == task ? row : 0);
            all += tasks.get(i).update().cost(rows);
        }
        return all;
    }

    /**
     * Merges slices of {@code multiplyAdds} together, at least one.
     *
     * @param copy gives the copy of a matrix, to be written to
     */
    void advance(long multiplyAdds, Operations operations, Function<MergeTask, WeightMatrix> copy) {
        long left = multiplyAdds;
        do {
            var at = tasks.get(task);
            if (!copies.containsKey(at.at())) {
                copies.put(at.at(), copy.apply(at));
            }
            long slice = Math.max(1, at.update().cost(WeightUpdate.SLICE_ROWS));
            long slices = Math.clamp(left / slice, 1, at.rows());
            int end = (int) Math.min(row + slices * WeightUpdate.SLICE_ROWS, at.rows());
            operations.merge(at.update(), row, end, copies.get(at.at()));
            left -= at.update().cost(end - row);
            row = end;
            if (row == at.rows()) {
                task++;
                row = 0;
            }
        } while (!isReady() && left > 0);
    }
}

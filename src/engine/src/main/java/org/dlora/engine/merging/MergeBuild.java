package org.dlora.engine.merging;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.model.LayerSite;

/**
 * A merge in progress: copies of matrices that an adapter is merged into, and no step reads yet.
 */
final class MergeBuild {
    private final MergedContent content;
    private final List<MergeTask> tasks;
    private final Map<LayerSite, WeightMatrix> copies = new HashMap<>();
    private int task;
    private int row;

    MergeBuild(MergedContent content, List<MergeTask> tasks) {
        this.content = content;
        this.tasks = tasks;
    }

    /** Returns a build whose copies hold the adapter already. */
    static MergeBuild finished(MergedContent content, Map<LayerSite, WeightMatrix> copies) {
        var build = new MergeBuild(content, List.of());
        build.copies.putAll(copies);
        return build;
    }

    /** Returns the content of the copies when the build is ready. */
    MergedContent content() {
        return content;
    }

    /** Returns all matrices that it merges into. */
    List<MergeTask> tasks() {
        return tasks;
    }

    /** Returns the copies so far. */
    Map<LayerSite, WeightMatrix> copies() {
        return copies;
    }

    /** Removes and returns a copy that is there. */
    WeightMatrix remove(LayerSite at) {
        return requireNonNull(copies.remove(at));
    }

    /** Returns the bytes of all copies when the build is ready. */
    long bytes() {
        return isReady() ? SpareCopies.bytes(copies) : MergeTask.bytes(tasks);
    }

    boolean isReady() {
        return task == tasks.size();
    }

    /** Returns the multiply-adds until the build is ready. */
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

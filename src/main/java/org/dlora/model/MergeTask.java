package org.dlora.model;

import java.util.List;
import org.dlora.device.WeightUpdate;

/** One matrix of a model that an adapter changes. */
record MergeTask(LayerSite at, WeightUpdate update) {

    /** Returns the matrices that merging {@code terms} into {@code weights} changes, in order. */
    static List<MergeTask> of(DecoderWeights weights, MergedTerms terms) {
        return LayerSite.all(weights.layers()).stream()
                .map(at -> of(at, weights, terms))
                .filter(task -> !task.update().terms().isEmpty())
                .toList();
    }

    private static MergeTask of(LayerSite at, DecoderWeights weights, MergedTerms terms) {
        var update =
                new WeightUpdate(weights.matrix(at), terms.at(at), at.equals(LayerSite.EMBEDDING));
        return new MergeTask(at, update);
    }

    /** Returns the bytes of copies of the matrices of all {@code tasks}. */
    static long bytes(List<MergeTask> tasks) {
        return tasks.stream().mapToLong(task -> task.update().pristine().bytes()).sum();
    }

    int rows() {
        return update.pristine().rows();
    }
}

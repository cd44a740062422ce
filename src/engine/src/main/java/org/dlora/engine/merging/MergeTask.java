package org.dlora.engine.merging;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.WeightUpdate;
import org.dlora.model.LayerSite;
import org.dlora.model.weights.DecoderWeights;

/** One matrix of a model that an adapter changes. */
record MergeTask(LayerSite at, WeightUpdate update) {

    /** Returns the matrices that merging {@code terms} into {@code weights} changes, in order. */
    static List<MergeTask> of(DecoderWeights weights, MergeTerms terms) {
        return LayerSite.all(weights.layers()).stream()
                .map(at -> of(at, weights, terms))
                .filter(MergeTask::isChange)
                .toList();
    }

    /**
     * Returns the matrices that a pass with {@code terms} merged cannot read where they are, with
     * those that are parked and that {@code terms} leave as they are.
     */
    static Map<LayerSite, MergeTask> passing(DecoderWeights weights, MergeTerms terms) {
        return LayerSite.all(weights.layers()).stream()
                .map(at -> of(at, weights, terms))
                .filter(task ->
                        task.isChange()
                                || weights.parked().filter(own -> own.has(task.at())).isPresent())
                .collect(toMap(MergeTask::at, task -> task));
    }

    private boolean isChange() {
        return !update.terms().isEmpty();
    }

    private static MergeTask of(LayerSite at, DecoderWeights weights, MergeTerms terms) {
        var its = terms.at(at);
        boolean isTable = at.equals(LayerSite.EMBEDDING) && !its.isEmpty();
        var update = new WeightUpdate(weights.pristine(at), its, isTable);
        return new MergeTask(at, update);
    }

    /** Returns the bytes of copies of the matrices of all {@code tasks}. */
    static long bytes(List<MergeTask> tasks) {
        return tasks.stream().mapToLong(task -> task.update().pristine().bytes()).sum();
    }

    /** Returns the sites of all {@code tasks}. */
    static Set<LayerSite> sites(List<MergeTask> tasks) {
        return tasks.stream().map(MergeTask::at).collect(toSet());
    }

    int rows() {
        return update.pristine().rows();
    }
}

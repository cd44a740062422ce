package org.dlora.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.device.WeightUpdate;

/** One matrix of a model that an adapter changes. */
record MergeTask(Place place, WeightUpdate update) {

    /**
     * A linear layer of the decoder.
     *
     * @param layer {@link LinearSite#NO_LAYER} where the site is in none
     */
    record Place(int layer, LinearSite site) {}

    /** What merging {@code terms} into {@code weights} takes, layer by layer. */
    static List<MergeTask> of(DecoderWeights weights, MergedTerms terms) {
        var places = new ArrayList<Place>();
        places.add(new Place(LinearSite.NO_LAYER, LinearSite.EMBEDDING));
        IntStream.range(0, weights.layers())
                .forEach(layer ->
                        Stream.of(LinearSite.QKV, LinearSite.O, LinearSite.GATE_UP, LinearSite.DOWN)
                                .map(site -> new Place(layer, site))
                                .forEach(places::add));
        places.add(new Place(LinearSite.NO_LAYER, LinearSite.OUTPUT));
        return places.stream()
                .map(place -> of(place, weights, terms))
                .filter(task -> !task.update().terms().isEmpty())
                .toList();
    }

    private static MergeTask of(Place place, DecoderWeights weights, MergedTerms terms) {
        var update =
                new WeightUpdate(
                        weights.matrix(place.layer(), place.site()),
                        terms.at(place.layer(), place.site()),
                        place.site() == LinearSite.EMBEDDING);
        return new MergeTask(place, update);
    }

    /** Of the copies of all. */
    static long bytes(List<MergeTask> tasks) {
        return tasks.stream().mapToLong(task -> task.update().pristine().bytes()).sum();
    }

    int rows() {
        return update.pristine().rows();
    }
}

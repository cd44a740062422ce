package org.dlora.cluster.manifest;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.dlora.cluster.catalogue.AdapterRoute;

/**
 * A route whose versions have the manifest's labels.
 *
 * @param weights by the label of a version, or by the number of one that the catalogue has
 */
public record DesiredRoute(SortedMap<String, Integer> weights, boolean sticky) {
    public DesiredRoute {
        weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    }

    /** Returns the route that gives all requests to one version. */
    public static DesiredRoute to(String label) {
        return new DesiredRoute(new TreeMap<>(Map.of(label, 1)), false);
    }

    /**
     * Returns the route by numbers of versions.
     *
     * @param numbers by label, of the versions that are there
     * @return empty while one of its labels has no number
     */
    Optional<AdapterRoute> route(Map<String, Integer> numbers) {
        var byNumber = new TreeMap<Integer, Integer>();
        for (var entry : weights.entrySet()) {
            var number = numbers.get(entry.getKey());
            if (number == null) {
                return Optional.empty();
            }
            // Two labels may stand for one content, which is one version.
            byNumber.merge(number, entry.getValue(), Integer::sum);
        }
        return Optional.of(new AdapterRoute(byNumber, sticky));
    }
}

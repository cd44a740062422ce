package org.dlora.catalogue.manifest;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;

/**
 * A route whose versions have the manifest's labels.
 *
 * @param weights by the label of a version, or by the number of one that the catalogue has
 * @param shadow label or number of the version that answers once more; empty if the manifest says
 *     nothing of it
 */
public record DesiredRoute(
        SortedMap<String, Integer> weights, boolean sticky, Optional<String> shadow) {

    /** A route of which the manifest names no shadow. */
    public DesiredRoute(SortedMap<String, Integer> weights, boolean sticky) {
        this(weights, sticky, Optional.empty());
    }

    public DesiredRoute {
        weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    }

    /** Returns the route that gives all requests to one version. */
    public static DesiredRoute to(String label) {
        return new DesiredRoute(new TreeMap<>(Map.of(label, 1)), false);
    }

    /** Returns the versions that it names. */
    Stream<String> labels() {
        return Stream.concat(weights.keySet().stream(), shadow.stream());
    }

    /** Returns whether it names a version. */
    public boolean uses(String label) {
        return labels().anyMatch(label::equals);
    }

    /** Returns whether an alias has the shadow that the manifest names, if it names one. */
    boolean hasShadow(Optional<AliasRecord> alias, Map<String, Integer> numbers) {
        return shadow.isEmpty()
                || alias.map(AliasRecord::shadow)
                        .orElse(OptionalInt.empty())
                        .equals(shadow(numbers));
    }

    /** Returns the number of the shadow; empty if there is none, or it has no number yet. */
    OptionalInt shadow(Map<String, Integer> numbers) {
        return shadow.map(numbers::get).map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    /**
     * Returns the route by numbers of versions.
     *
     * @param numbers by label, of the versions that are there
     * @return empty while one of its labels has no number
     */
    Optional<AliasRoute> route(Map<String, Integer> numbers) {
        var byNumber = new TreeMap<Integer, Integer>();
        for (var entry : weights.entrySet()) {
            var number = numbers.get(entry.getKey());
            if (number == null) {
                return Optional.empty();
            }
            // Two labels may stand for one content, which is one version.
            byNumber.merge(
                    number,
                    entry.getValue(),
                    (one, other) -> Math.min(AliasRoute.MAX_WEIGHT, one + other));
        }
        return Optional.of(new AliasRoute(byNumber, sticky));
    }
}

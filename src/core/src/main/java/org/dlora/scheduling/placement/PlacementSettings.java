package org.dlora.scheduling.placement;

/**
 * Settings of the placement.
 *
 * @param minGain relative gain of burst tolerance above which further copies are made
 * @param maxCopies most copies of an adapter, at least 1; more that exist already may stay
 * @param placeShare share of arrivals from which on an adapter is placed before it is asked for
 * @param keepShare share of arrivals below which all its copies are given back, at most {@code
 *     placeShare}
 */
public record PlacementSettings(
        double minGain, int maxCopies, double placeShare, double keepShare) {
    public static final PlacementSettings DEFAULT =
            new PlacementSettings(0.05, Integer.MAX_VALUE, 0.001, 0.0005);

    public PlacementSettings {
        if (!(minGain >= 0) || maxCopies < 1) {
            throw new IllegalArgumentException(
                    "Placement with a gain of %s and %d copies: expected a gain of at least 0 and at least 1 copy"
                            .formatted(minGain, maxCopies));
        }
        if (!(keepShare > 0 && keepShare <= placeShare && placeShare <= 1)) {
            throw new IllegalArgumentException(
                    "Adapters are placed from a share of %s on and kept down to %s: expected 0 < kept <= placed <= 1"
                            .formatted(placeShare, keepShare));
        }
    }
}

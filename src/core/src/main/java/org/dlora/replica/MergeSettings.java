package org.dlora.replica;

/**
 * Settings of a replica's merged weights.
 *
 * @param share of its time that a replica builds merged weights while requests run, above 0 and
 *     below 1
 * @param keep seconds after which unused copies of weights are released
 */
public record MergeSettings(double share, double keep) {
    public static final MergeSettings DEFAULT = new MergeSettings(0.2, 30);

    public MergeSettings {
        if (!(share > 0 && share < 1) || !(keep >= 0)) {
            throw new IllegalArgumentException(
                    "Merging takes a share of the time between 0 and 1, not %s, and keeps copies for 0 s or more, not %s"
                            .formatted(share, keep));
        }
    }

    /** Returns the seconds of building beside a step of {@code step} seconds. */
    double beside(double step) {
        return share / (1 - share) * step;
    }
}

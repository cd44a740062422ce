package org.dlora.replica;

/**
 * Settings of how a replica builds and keeps merged weights.
 *
 * @param share of its time that it builds merged weights in while requests run, above 0 and below 1
 * @param keep seconds after which copies of weights that are not used are given back
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

    /** Returns seconds of building that go with a step of {@code step} seconds. */
    double beside(double step) {
        return share / (1 - share) * step;
    }
}

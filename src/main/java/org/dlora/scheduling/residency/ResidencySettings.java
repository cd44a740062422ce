package org.dlora.scheduling.residency;

/**
 * Limits of the decisions on residency.
 *
 * @param maxLoads adapters that are loaded at once, at least 1
 * @param maxWait seconds that a request waits for its adapter before one that is in use must leave
 * @param demandHalfLife requests of all adapters after which an earlier request counts half in an
 *     adapter's demand. Counting requests, not seconds, keeps the estimate as exact at night as by
 *     day, and in a quiet server as in a busy one
 */
public record ResidencySettings(int maxLoads, double maxWait, double demandHalfLife) {
    public static final ResidencySettings DEFAULT = new ResidencySettings(1, 5, 500);

    public ResidencySettings {
        if (maxLoads < 1 || !(maxWait >= 0) || !(demandHalfLife > 0)) {
            throw new IllegalArgumentException(
                    "%d loads at once, waits of %s s and a half-life of %s requests: expected at least 1, at least 0 and above 0"
                            .formatted(maxLoads, maxWait, demandHalfLife));
        }
    }

    /** Makes settings with the default half-life. */
    public ResidencySettings(int maxLoads, double maxWait) {
        this(maxLoads, maxWait, DEFAULT.demandHalfLife);
    }
}

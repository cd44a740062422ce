package org.dlora.scheduling.residency;

/**
 * Limits of the decisions on residency.
 *
 * @param maxLoads adapters that are loaded at once, at least 1
 * @param maxWait seconds that a request waits for its adapter before one that is in use must leave
 * @param demandHalfLife requests of all adapters after which an earlier request counts half in an
 *     adapter's demand. Counting requests, not seconds, keeps the estimate as exact at night as by
 *     day, and in a quiet server as in a busy one
 * @param kvRest seconds after a change of a KV cache's size before the next one, but for overdue
 *     requests; and seconds that a replica gets no memory for copies of merged weights after it had
 *     to give some back
 */
public record ResidencySettings(
        int maxLoads, double maxWait, double demandHalfLife, double kvRest) {
    public static final ResidencySettings DEFAULT = new ResidencySettings(2, 5, 500, 10);

    public ResidencySettings {
        if (maxLoads < 1 || !(maxWait >= 0) || !(demandHalfLife > 0) || !(kvRest >= 0)) {
            throw new IllegalArgumentException(
                    "%d loads at once, waits of %s s, a half-life of %s requests and rests of %s s: expected at least 1, at least 0, above 0 and at least 0"
                            .formatted(maxLoads, maxWait, demandHalfLife, kvRest));
        }
    }

    /** Makes settings with the default rest of KV caches. */
    public ResidencySettings(int maxLoads, double maxWait, double demandHalfLife) {
        this(maxLoads, maxWait, demandHalfLife, DEFAULT.kvRest);
    }

    /** Makes settings with the default half-life. */
    public ResidencySettings(int maxLoads, double maxWait) {
        this(maxLoads, maxWait, DEFAULT.demandHalfLife);
    }
}

package org.dlora.scheduling.rebalance;

/**
 * Limits of rebalancing.
 *
 * @param drift share by which the requests or the KV of one replica exceed the mean before a plan
 *     is made; also the share of the mean load that a move back needs as new evidence
 * @param kvLimit share of a replica's KV blocks above which a plan is made, 0..1
 * @param period seconds between two plans without drift
 * @param pause least seconds between two plans
 * @param minGain least relative gain of a plan that is applied, if latencies shrink too
 * @param timeLimit seconds that a solver may take; 0 leaves only the greedy one
 * @param rest seconds after a move in which a request is not moved again
 */
public record RebalanceSettings(
        double drift,
        double kvLimit,
        double period,
        double pause,
        double minGain,
        double timeLimit,
        double rest) {
    public static final RebalanceSettings DEFAULT =
            new RebalanceSettings(0.25, 0.9, 10, 1, 0.1, 1, 10);

    public RebalanceSettings {
        if (!(drift >= 0)
                || !(kvLimit > 0 && kvLimit <= 1)
                || !(period > 0)
                || !(pause >= 0)
                || !(minGain >= 0)
                || !(timeLimit >= 0)
                || !(rest >= 0)) {
            throw new IllegalArgumentException(
                    "A drift of %s, a KV limit of %s, a period of %s s, pauses of %s s, a gain of %s, a time limit of %s s and rests of %s s: expected at least 0, 0..1, above 0, and the others at least 0"
                            .formatted(drift, kvLimit, period, pause, minGain, timeLimit, rest));
        }
    }
}

package org.dlora.scheduling.rebalance;

/**
 * The predicted seconds until an unfinished request ends, averaged over all of them. NaN if costs
 * are not fitted or there is no request.
 *
 * @param before without the moves of a plan
 * @param after with its moves, the times that these take included
 */
public record PredictedLatencies(double before, double after) {
    /** Latencies about which nothing is predicted. */
    public static final PredictedLatencies UNKNOWN = new PredictedLatencies(Double.NaN, Double.NaN);

    private static final double ROUNDING = 1e-9;

    static PredictedLatencies of(RebalanceDraft before, RebalanceDraft after) {
        var index = after.index();
        for (int j = 0; j < index.replicaCount(); j++) {
            if (!index.site(j).costs().areKnown()) {
                return UNKNOWN;
            }
        }
        return new PredictedLatencies(mean(before), mean(after));
    }

    private static double mean(RebalanceDraft draft) {
        return LatencyForecast.seconds(draft) / draft.index().requestCount();
    }

    /** Returns whether requests are predicted to end later with the moves, or no sooner. */
    public boolean areNoShorter() {
        return after >= before * (1 - ROUNDING);
    }
}

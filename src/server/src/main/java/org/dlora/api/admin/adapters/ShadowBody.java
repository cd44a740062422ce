package org.dlora.api.admin.adapters;

import java.util.Map;
import java.util.TreeMap;
import org.dlora.cluster.facts.ShadowTotals;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Sums over the runs of an alias's shadow since the server's start.
 *
 * @param outcomes runs by outcome; those dropped have outcomes of their own
 * @param compared runs with an answer to compare
 * @param identical answers that were the same as the client's
 * @param equalTokens share of equal tokens, 0…1; null before the first comparison
 * @param logprobDifference mean over comparisons, nats; null if no client asked for
 *     log-probabilities
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ShadowBody(
        Map<String, Long> outcomes,
        long compared,
        long identical,
        long clientTokens,
        long shadowTokens,
        @Nullable Double equalTokens,
        @Nullable Double logprobDifference) {

    static ShadowBody of(ShadowTotals totals) {
        var outcomes = new TreeMap<String, Long>();
        totals.outcomes().forEach((outcome, runs) -> outcomes.put(outcome.word(), runs));
        return new ShadowBody(
                outcomes,
                totals.compared(),
                totals.identical(),
                totals.clientTokens(),
                totals.shadowTokens(),
                totals.longerTokens() == 0
                        ? null
                        : (Double) ((double) totals.equalTokens() / totals.longerTokens()),
                totals.logprobRuns() == 0
                        ? null
                        : (Double) (totals.logprobDifference() / totals.logprobRuns()));
    }
}

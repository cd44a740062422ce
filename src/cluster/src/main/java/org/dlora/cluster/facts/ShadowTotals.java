package org.dlora.cluster.facts;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * Sums over the runs of an alias's shadow since the server's start.
 *
 * @param number of the shadow's version
 * @param outcomes runs by outcome
 * @param identical answers that were the same as the client's
 * @param clientTokens output tokens of the client's answers that were compared
 * @param longerTokens of each comparison, the tokens of the longer answer
 * @param logprobRuns comparisons with log-probabilities
 * @param logprobDifference sum of their mean differences, nats
 */
public record ShadowTotals(
        int number,
        Map<ShadowOutcome, Long> outcomes,
        long identical,
        long clientTokens,
        long shadowTokens,
        long equalTokens,
        long longerTokens,
        long logprobRuns,
        double logprobDifference) {

    public ShadowTotals {
        var copy = new EnumMap<ShadowOutcome, Long>(ShadowOutcome.class);
        copy.putAll(outcomes);
        outcomes = Collections.unmodifiableMap(copy);
    }

    /** Returns the sums over no run. */
    public static ShadowTotals none(int number) {
        return new ShadowTotals(number, Map.of(), 0, 0, 0, 0, 0, 0, 0);
    }

    /** Returns the sums with one more run. */
    public ShadowTotals plus(ShadowFacts facts) {
        var counts = new EnumMap<ShadowOutcome, Long>(ShadowOutcome.class);
        counts.putAll(outcomes);
        counts.merge(facts.outcome(), 1L, Long::sum);
        var difference = facts.logprobDifference();
        return new ShadowTotals(
                number,
                counts,
                identical + (facts.isIdentical() ? 1 : 0),
                clientTokens + facts.clientTokens(),
                shadowTokens + facts.shadowTokens(),
                equalTokens + facts.equalTokens(),
                longerTokens + Math.max(facts.clientTokens(), facts.shadowTokens()),
                logprobRuns + (difference == null ? 0 : 1),
                logprobDifference + (difference == null ? 0 : difference));
    }

    /** Returns the runs that were compared. */
    public long compared() {
        return outcomes.entrySet().stream()
                .filter(entry -> entry.getKey().isCompared())
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}

package org.dlora.scheduling.credit;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Balances;
import org.jspecify.annotations.Nullable;

/**
 * The state of {@link CreditPolicy}.
 *
 * @param loaded the base model and the adapters that have credits
 * @param credits credit of each loaded adapter; selected adapters pay displaced ones
 * @param merged the adapter that the rule has merged, null if none
 * @param alpha share of the batch that an adapter needs to be merged
 * @param beta share of the batch that it needs to stay merged; 0 until ρ is known, its initial
 *     value
 * @param starving adapters, the one with the highest credit first
 * @param period the period since the last change of mode
 * @param times predicted times of the period's iterations, summed
 */
public record CreditState(
        Set<AdapterRef> loaded,
        Map<AdapterRef, Double> credits,
        @Nullable AdapterRef merged,
        double alpha,
        double beta,
        List<AdapterRef> starving,
        Period period,
        IterationTimes times) {

    /**
     * The counts by which a period between two changes of mode is judged.
     *
     * @param iterations I
     * @param rowsMerged Bm, sizes of its batches had each been merged
     * @param rowsUnmerged Bu, sizes of its batches had each been unmerged
     * @param virtualSwitches V, changes of the leader while unmerged
     * @param leader the adapter that would have been merged last
     */
    public record Period(
            int iterations,
            int rowsMerged,
            int rowsUnmerged,
            int virtualSwitches,
            @Nullable AdapterRef leader) {
        static final Period NONE = new Period(0, 0, 0, 0, null);

        Period withIterations(int count) {
            return new Period(count, rowsMerged, rowsUnmerged, virtualSwitches, leader);
        }

        Period plusRows(int ifMerged, int ifUnmerged) {
            return new Period(
                    iterations,
                    rowsMerged + ifMerged,
                    rowsUnmerged + ifUnmerged,
                    virtualSwitches,
                    leader);
        }

        Period ledBy(AdapterRef adapter) {
            return adapter.equals(leader)
                    ? this
                    : new Period(
                            iterations, rowsMerged, rowsUnmerged, virtualSwitches + 1, adapter);
        }
    }

    public CreditState {
        credits = Balances.of(credits);
        starving = List.copyOf(starving);
    }

    public static CreditState start(Map<AdapterRef, Double> credits, double alpha, double beta) {
        return new CreditState(
                credits.keySet(),
                credits,
                null,
                alpha,
                beta,
                List.of(),
                Period.NONE,
                IterationTimes.NONE);
    }

    /** Returns this state with the credits of {@code changed} replaced. */
    CreditState withCredits(Map<AdapterRef, Double> changed) {
        var changedCredits = Balances.of(credits).with(changed);
        return new CreditState(
                loaded, changedCredits, merged, alpha, beta, starving, period, times);
    }

    /** Returns this state with the credits of {@code other}. */
    CreditState withCreditsOf(CreditState other) {
        return new CreditState(loaded, other.credits, merged, alpha, beta, starving, period, times);
    }

    CreditState withStarving(List<AdapterRef> changed) {
        return new CreditState(loaded, credits, merged, alpha, beta, changed, period, times);
    }

    CreditState withPeriod(Period changed) {
        return new CreditState(loaded, credits, merged, alpha, beta, starving, changed, times);
    }

    /** Returns this state with the times of an iteration, which may begin a period. */
    CreditState plusIteration(IterationTimes iteration) {
        var sum = period.iterations() <= 1 ? iteration : times.plus(iteration);
        return new CreditState(loaded, credits, merged, alpha, beta, starving, period, sum);
    }

    CreditState withBars(double changedAlpha, double changedBeta) {
        return new CreditState(
                loaded, credits, merged, changedAlpha, changedBeta, starving, period, times);
    }

    CreditState withMerged(@Nullable AdapterRef changed) {
        return new CreditState(loaded, credits, changed, alpha, beta, starving, period, times);
    }
}

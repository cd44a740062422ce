package org.dlora.scheduling;

import java.util.Map;
import java.util.Set;

/**
 * What {@link DloraPolicy} remembers.
 *
 * @param leads virtual token counters: service per weight of each adapter beyond that of the
 *     backlogged one that has had least; never negative
 * @param at when that was, seconds
 * @param waited seconds that adapters with requests went without service while they were not ahead,
 *     less those with it since
 * @param unserved seconds since some request of theirs ran, of adapters with requests
 * @param served adapters some of whose requests run from then on
 * @param lost of preempted sequences the tokens that had been computed
 * @param running sequences that ran in the last step
 * @param chosen name of the candidate that was chosen
 */
public record DloraState(
        Map<AdapterRef, Double> leads,
        double at,
        Map<AdapterRef, Double> waited,
        Map<AdapterRef, Double> unserved,
        Set<AdapterRef> served,
        Map<Long, Integer> lost,
        Set<Long> running,
        String chosen) {
    static final DloraState START =
            new DloraState(
                    Map.of(), 0, Map.of(), Map.of(), Set.of(), Map.of(), Set.of(), "unmerged");

    public DloraState {
        leads = Map.copyOf(leads);
        waited = Map.copyOf(waited);
        unserved = Map.copyOf(unserved);
        served = Set.copyOf(served);
        lost = Map.copyOf(lost);
        running = Set.copyOf(running);
    }
}

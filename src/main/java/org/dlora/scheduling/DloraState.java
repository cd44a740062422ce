package org.dlora.scheduling;

import java.util.Map;
import java.util.Set;

/**
 * What {@link DloraPolicy} remembers. Adapters are keys: their id, or the empty string for the base
 * model.
 *
 * @param leads virtual token counters: service per weight of each adapter beyond that of the
 *     backlogged one that has had least; never negative
 * @param unservedSince of adapters with requests none of which ran, seconds
 * @param lost of preempted sequences the tokens that had been computed
 * @param running sequences that ran in the last step
 * @param chosen name of the candidate that was chosen
 */
public record DloraState(
        Map<String, Double> leads,
        Map<String, Double> unservedSince,
        Map<Long, Integer> lost,
        Set<Long> running,
        String chosen) {
    static final DloraState START =
            new DloraState(Map.of(), Map.of(), Map.of(), Set.of(), "unmerged");

    public DloraState {
        leads = Map.copyOf(leads);
        unservedSince = Map.copyOf(unservedSince);
        lost = Map.copyOf(lost);
        running = Set.copyOf(running);
    }
}

package org.dlora.scheduling;

import java.util.Map;
import java.util.Set;

/**
 * The state of {@link DloraPolicy}.
 *
 * @param leads virtual token counters: service per weight of each adapter beyond that of the
 *     backlogged adapter with the least; never negative
 * @param at time of the last step, seconds
 * @param waited seconds that each adapter with requests was entitled and without service, less the
 *     seconds with service since
 * @param unserved seconds since a request of each adapter with requests last ran
 * @param served adapters of the sequences that run from {@code at} on
 * @param lost computed tokens that preempted sequences have lost
 * @param running sequences of the last step
 * @param chosen name of the chosen candidate
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

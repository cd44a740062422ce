package org.dlora.cluster.residency;

import java.util.List;
import org.dlora.scheduling.residency.EvictionForecast;

/**
 * Outlook of an adapter memory: how it served requests, and which adapters leave next.
 *
 * @param memory its name
 * @param hits requests whose adapter was resident, since the start
 * @param misses requests that waited until their adapter was loaded
 * @param evictions adapters that left it
 * @param order adapters that a load may evict, those that go first first
 */
public record MemoryOutlook(
        String memory,
        long hits,
        long misses,
        long evictions,
        List<EvictionForecast.Candidate> order) {
    public MemoryOutlook {
        order = List.copyOf(order);
    }
}

package org.dlora.cluster.adapters;

import java.util.List;
import org.dlora.cluster.residency.AdapterStatus;

/**
 * A served adapter with its state in each adapter memory.
 *
 * @param memories in configured order
 */
public record AdapterReport(ServedAdapter adapter, List<InMemory> memories) {
    public AdapterReport {
        memories = List.copyOf(memories);
    }

    /**
     * Its state in one memory.
     *
     * @param memory name of the memory
     * @param replicas ids of the replicas that share the memory
     */
    public record InMemory(String memory, List<String> replicas, AdapterStatus status) {}
}

package org.dlora.catalogue.served;

import java.util.List;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterStatus;

/**
 * A served adapter with the state of its weights in each adapter memory. The weights are those of
 * all versions that are served, and of earlier ones that requests still run with.
 *
 * @param adapter the registration that most requests for its name get
 * @param memories in configured order
 */
public record AdapterReport(ServedAdapter adapter, List<InMemory> memories) {
    public AdapterReport {
        memories = List.copyOf(memories);
    }

    /**
     * State of an adapter in one memory.
     *
     * @param memory name of the memory
     * @param replicas ids of the replicas that share the memory
     * @param weights state of each of its weights; those of {@code adapter} come first
     */
    public record InMemory(String memory, List<String> replicas, List<AdapterStatus> weights) {
        public InMemory {
            weights = List.copyOf(weights);
        }

        /** Returns the state of the weights as a whole. */
        public AdapterStatus status() {
            return AdapterStatus.together(weights);
        }
    }
}

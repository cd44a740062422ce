package org.dlora.catalogue.served;

import java.util.List;
import org.dlora.cluster.residency.AdapterStatus;

/**
 * Adapters that a memory holds or is about to load.
 *
 * @param memory its name
 * @param replicas ids of the replicas that share it
 * @param weights weights that take memory, are waited for or pinned, or are retired and not
 *     forgotten yet
 */
public record MemoryContent(String memory, List<String> replicas, List<AdapterStatus> weights) {
    public MemoryContent {
        weights = List.copyOf(weights);
    }
}

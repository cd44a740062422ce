package org.dlora.scheduling.placement;

import java.util.List;

/**
 * The memories and adapters of a cluster at one moment.
 *
 * @param memories whose ids differ
 * @param adapters whose ids differ; hosts that are none of {@code memories} do not count
 */
public record PlacementSnapshot(
        List<HostMemory> memories, List<AdapterDemand> adapters, PlacementSettings settings) {
    public PlacementSnapshot {
        memories = List.copyOf(memories);
        adapters = List.copyOf(adapters);
    }
}

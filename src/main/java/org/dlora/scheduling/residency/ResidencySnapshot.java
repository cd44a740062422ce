package org.dlora.scheduling.residency;

import java.util.List;

/**
 * An adapter memory at one moment.
 *
 * @param now seconds since some fixed moment
 * @param freeBytes bytes that a load may take now
 * @param adapters all that are loading, resident or leaving, and all absent ones that requests wait
 *     for or that are pinned; in any order
 * @param settings limits of the decisions
 */
public record ResidencySnapshot(
        double now, long freeBytes, List<AdapterStanding> adapters, ResidencySettings settings) {
    public ResidencySnapshot {
        adapters = List.copyOf(adapters);
    }
}

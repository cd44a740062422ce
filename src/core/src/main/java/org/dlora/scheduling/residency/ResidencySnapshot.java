package org.dlora.scheduling.residency;

import java.util.List;

/**
 * An adapter memory at one moment.
 *
 * @param now seconds since some fixed moment
 * @param freeBytes bytes that a load may take now
 * @param adapters all that are loading, resident or leaving, and all absent ones that requests wait
 *     for or that are pinned; in any order
 * @param kv KV caches of replicas that can become smaller
 * @param copies copies of merged weights of replicas that can give them back
 * @param settings limits of the decisions
 */
public record ResidencySnapshot(
        double now,
        long freeBytes,
        List<AdapterStanding> adapters,
        List<KvStanding> kv,
        List<CopyStanding> copies,
        ResidencySettings settings) {
    public ResidencySnapshot {
        adapters = List.copyOf(adapters);
        kv = List.copyOf(kv);
        copies = List.copyOf(copies);
    }

    /** Makes a snapshot of a memory for adapters and KV caches. */
    public ResidencySnapshot(
            double now,
            long freeBytes,
            List<AdapterStanding> adapters,
            List<KvStanding> kv,
            ResidencySettings settings) {
        this(now, freeBytes, adapters, kv, List.of(), settings);
    }

    /** Makes a snapshot of a memory for adapters alone. */
    public ResidencySnapshot(
            double now,
            long freeBytes,
            List<AdapterStanding> adapters,
            ResidencySettings settings) {
        this(now, freeBytes, adapters, List.of(), settings);
    }
}

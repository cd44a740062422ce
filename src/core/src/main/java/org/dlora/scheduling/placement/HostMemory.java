package org.dlora.scheduling.placement;

/**
 * An adapter memory that can host copies.
 *
 * @param replicas replicas that share it and take requests
 * @param bytes budget of adapters and KV blocks together
 * @param leastKvBytes bytes that KV blocks keep
 * @param reservedBytes bytes of the budget that neither KV blocks nor the adapters of the snapshot
 *     can take
 */
public record HostMemory(
        String id, int replicas, long bytes, long leastKvBytes, long reservedBytes) {
    public HostMemory {
        if (replicas < 0 || bytes < 0 || leastKvBytes < 0 || reservedBytes < 0) {
            throw new IllegalArgumentException(
                    "Memory %s has %d replicas, %d bytes, %d of them for KV and %d reserved: expected at least 0 of each"
                            .formatted(id, replicas, bytes, leastKvBytes, reservedBytes));
        }
    }
}

package org.dlora.scheduling;

/**
 * The requests and KV blocks of a replica at one moment. Dispatch chooses a replica by it, and
 * gauges publish it.
 *
 * @param running sequences that hold KV blocks
 * @param waiting sequences that hold none: not started yet, or preempted
 */
public record ReplicaLoad(String id, int running, int waiting, int freeBlocks, int totalBlocks) {

    /** Returns the share of the KV blocks that is held, 0..1. */
    public double kvUsage() {
        return 1 - (double) freeBlocks / totalBlocks;
    }
}

package org.dlora.scheduling;

/**
 * A replica's load at one moment.
 *
 * @param running sequences that hold KV blocks
 * @param waiting sequences that hold none: not started yet, or preempted
 */
public record ReplicaLoad(String id, int running, int waiting, int freeBlocks, int totalBlocks) {

    /** Share of the KV blocks that is held, 0..1. */
    public double kvUsage() {
        return 1 - (double) freeBlocks / totalBlocks;
    }
}

package org.dlora.scheduling.residency;

/**
 * A decision on the size of a KV cache.
 *
 * @param blocks that are to be usable
 * @param why a sentence without a full stop
 */
public record KvTarget(String replica, int blocks, Cause cause, String why) {

    /**
     * Cause of a change of the size. Causes of a smaller cache stand in the order of what they
     * cost.
     */
    public enum Cause {
        /** Adapters take free blocks. */
        FREE_BLOCKS,
        /** Adapters take cached prefixes, and maybe free blocks. */
        CACHED_PREFIXES,
        /** Adapters take all that can go, and blocks of sequences as these end. */
        HELD_BLOCKS,
        /** Sequences wait for blocks or were preempted, so the cache grows. */
        SHORT
    }
}

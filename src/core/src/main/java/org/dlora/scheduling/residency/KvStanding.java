package org.dlora.scheduling.residency;

/**
 * The standing of a replica's KV cache in the memory that it shares with adapters.
 *
 * @param replica name of the replica
 * @param blockBytes bytes of a block
 * @param blocks usable blocks, without those that it is giving up already
 * @param leaving blocks that it is giving up, and that have not come back yet
 * @param free of {@code blocks}, those that are neither held, nor cached, nor about to be needed
 * @param cached of {@code blocks}, those with cached prefixes that no sequence holds
 * @param least blocks that it keeps
 * @param most blocks that it can have
 * @param since time of the last decision on its size, in seconds
 * @param isShort whether sequences wait or were preempted because blocks are few
 * @param cachedWorth seconds that cached prefixes are expected to save for each request
 * @param loss seconds that preemptions are expected to cost for each request
 */
public record KvStanding(
        String replica,
        long blockBytes,
        int blocks,
        int leaving,
        int free,
        int cached,
        int least,
        int most,
        double since,
        boolean isShort,
        double cachedWorth,
        double loss) {

    /** Returns the value of its cached prefixes per byte, as that of adapters. */
    double cachedValue() {
        return cached == 0 ? 0 : cachedWorth / (cached * blockBytes);
    }
}

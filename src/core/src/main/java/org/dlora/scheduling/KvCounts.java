package org.dlora.scheduling;

/**
 * The KV blocks of a replica at one moment, and what became of them so far.
 *
 * @param total blocks that are usable
 * @param most all blocks, withheld ones among them
 * @param available usable blocks that no sequence holds
 * @param cached of these, the blocks with cached prefixes
 * @param running sequences that hold blocks
 * @param waiting sequences that hold none
 * @param foundTokens tokens of cached blocks that sequences found while no other one held them
 * @param lostTokens computed tokens that preempted sequences have lost
 */
public record KvCounts(
        int total,
        int most,
        int available,
        int cached,
        int running,
        int waiting,
        long foundTokens,
        long lostTokens) {}

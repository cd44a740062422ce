package org.dlora.scheduling.rebalance;

/**
 * A replica as a source and destination of requests.
 *
 * @param id of the replica
 * @param memory id of the adapter memory that it uses, perhaps with other replicas
 * @param kvBlocks blocks of its KV cache
 * @param freeBlocks blocks that no sequence holds; moved sequences must fit into them
 * @param freePlaces sequences that its steps have room for beside those that hold blocks
 * @param takesRequests whether requests may be moved to it; others may be moved away
 * @param costs of its steps
 */
public record ReplicaSite(
        String id,
        String memory,
        int kvBlocks,
        int freeBlocks,
        int freePlaces,
        boolean takesRequests,
        SiteCosts costs) {
    public ReplicaSite {
        if (kvBlocks < 0 || freeBlocks < 0 || freeBlocks > kvBlocks) {
            throw new IllegalArgumentException(
                    "Replica %s has %d KV blocks, %d of them free: expected 0 <= free <= all"
                            .formatted(id, kvBlocks, freeBlocks));
        }
        if (freePlaces < 0) {
            throw new IllegalArgumentException(
                    "Replica %s has %d free places: expected at least 0".formatted(id, freePlaces));
        }
    }

    /** Creates a replica without measured costs whose steps have room for all. */
    public ReplicaSite(
            String id, String memory, int kvBlocks, int freeBlocks, boolean takesRequests) {
        this(id, memory, kvBlocks, freeBlocks, Integer.MAX_VALUE, takesRequests, SiteCosts.UNKNOWN);
    }
}

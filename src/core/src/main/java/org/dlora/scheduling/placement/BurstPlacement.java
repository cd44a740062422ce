package org.dlora.scheduling.placement;

/**
 * Greedy placement of adapters by burst tolerance (dLoRA, OSDI 2024). The tolerance of an adapter
 * is the sum of the KV bytes of the memories that host it, over its share of arrivals. It says how
 * large a burst can be before KV blocks are short. The burst tolerance is that of the adapter with
 * the least: {@code min_k (Σ_{j hosts k} M_j) / p_k}.
 *
 * <ol>
 *   <li>Adapters that hardly anyone asks for give all their copies back.
 *   <li>Each adapter in demand is placed once, as far as memory goes; further copies of others make
 *       room.
 *   <li>The adapter of least tolerance gets a further copy, again and again, while the tolerance
 *       grows by more than the least gain.
 *   <li>Further copies are given back if that makes the tolerance grow by more than the least gain.
 * </ol>
 *
 * <p>A copy goes to the memory with most KV bytes; of memories about as roomy, to that with the
 * least arrivals.
 *
 * <p>A memory that is barred for an adapter gets no copy of it; one that is there may stay.
 *
 * <p>The KV of a memory never falls below its least by a copy. Pinned copies stay, and the last
 * copies of adapters in demand. A plan that has been carried out is followed by an empty one, while
 * the demand is the same.
 */
public final class BurstPlacement {
    /** Returns the plan for a cluster; memories without replicas are left as they are. */
    public PlacementPlan plan(PlacementSnapshot snapshot) {
        var memories = snapshot.memories().stream().filter(m -> m.replicas() > 0).toList();
        var before = new Hosting(snapshot, memories);
        var after = before.copy();
        var draft = new PlacementDraft(snapshot, after);
        draft.improve();
        return new PlacementDifference(snapshot, memories, before, after, draft).plan();
    }
}

package org.dlora.scheduling.residency;

import java.util.stream.Stream;

/**
 * Rule that loads adapters for the requests that wait, and evicts adapters by what it costs to
 * bring them back. No adapter is loaded that is neither waited for nor pinned.
 *
 * <p><b>Order.</b> Adapters are loaded by the arrival of their oldest waiting request. One that
 * does not fit is overtaken by those behind it, until its request has waited {@code maxWait}. From
 * then on it is <em>overdue</em>: memory that comes free is kept for it, and others are loaded only
 * in what is left. A load evicts idle adapters if it needs their memory.
 *
 * <p><b>Value.</b> The adapters that go are those with the least expected load seconds per byte, as
 * in GreedyDual-Size-Frequency (Cherkasova, 1998). The demand of an adapter fades, so no further
 * ageing is needed; it fades for all alike, so the order of values changes by arrivals only.
 *
 * <p><b>Starvation.</b> Where idle adapters do not suffice for an overdue one, adapters in use are
 * closed, only as many as it needs. Room is made at the same time for as many overdue adapters as
 * can be loaded within {@code maxWait}, one after another.
 *
 * <p><b>KV.</b> A load also takes KV blocks: free ones, then cached prefixes where these are worth
 * less per byte than idle adapters, and for overdue requests those of sequences that end. A cache
 * that is short of blocks grows into free bytes that no adapter waits for, or in place of idle
 * adapters that are worth less than half of what its preemptions cost.
 *
 * <p><b>Copies of merged weights.</b> Idle ones go like idle adapters, by the seconds of their
 * build. Copies in effect are pinned; they go last, for overdue requests that nothing else makes
 * room for. {@link CopyGrants} says which builds get memory.
 *
 * <p>These bounds hold, where no other use takes from the free bytes:
 *
 * <ul>
 *   <li>Adapters never exceed the memory: a load fits into bytes that are free or given back.
 *   <li>An adapter that fits beside the pinned ones and the least KV is resident at most {@code
 *       max(maxWait, R) + (k + 1)·(R + 2·L) + l} seconds after the arrival of its oldest waiting
 *       request. Here k is the number of adapters with older waiting requests, R the longest run
 *       time of a request, L the longest load, and l its own.
 *   <li>No adapter is evicted or closed within its own load time after it became resident, unless
 *       an adapter is overdue.
 *   <li>A KV cache changes its size at most once in {@code kvRest}, unless an adapter is overdue.
 *       It never falls below its least.
 * </ul>
 *
 * <p>The caller gives requests of a resident adapter to a replica at once, so none waits. It asks
 * for a plan whenever a request arrives or ends, a load ends, memory comes back, a plan was not
 * empty, and at {@link #nextChange}.
 */
public final class CostAwareResidency implements ResidencyPolicy {
    @Override
    public ResidencyPlan plan(ResidencySnapshot snapshot) {
        return new ResidencyDraft(snapshot).plan();
    }

    /**
     * Returns the earliest time after {@code snapshot.now()} at which another plan can follow from
     * the passing of time alone; infinite if there is none.
     */
    public double nextChange(ResidencySnapshot snapshot) {
        var wanted = LoadQueue.of(snapshot);
        if (wanted.isEmpty()
                && snapshot.kv().stream().noneMatch(KvStanding::isShort)
                && snapshot.copies().stream().allMatch(one -> one.want().bytes() == 0)) {
            return Double.POSITIVE_INFINITY;
        }
        var overdue = wanted.stream().mapToDouble(a -> LoadQueue.overdueAt(a, snapshot.settings()));
        var settled =
                snapshot.adapters().stream()
                        .filter(ResidencyDraft::isIdle)
                        .mapToDouble(EvictionPool::settledAt);
        var copies = snapshot.copies().stream().mapToDouble(CopyDraft::settledAt);
        var rested =
                snapshot.kv().stream().mapToDouble(kv -> kv.since() + snapshot.settings().kvRest());
        return Stream.of(overdue, settled, copies, rested)
                .flatMapToDouble(times -> times)
                .filter(time -> time > snapshot.now())
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }
}

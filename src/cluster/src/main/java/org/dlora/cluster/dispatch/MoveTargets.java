package org.dlora.cluster.dispatch;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.engine.ReplicaRef;

/**
 * Choice of the replica that takes over a request, by the rule for new requests.
 *
 * @param pool whose replicas take requests
 * @param outlooks that the rule compares
 */
public record MoveTargets(ReplicaPool pool, ReplicaOutlooks outlooks) {

    /**
     * Returns another replica for a request.
     *
     * @param leaves the replica that the request leaves
     * @return empty if no other replica takes requests, or the adapter has no room there
     */
    public Optional<ReplicaRef> outOf(ReplicaRef leaves, LiveRequest live) {
        return choose(live, pool.accepting(pool.all(), Set.of(leaves)));
    }

    /** Returns the replica of a memory for a request; empty if none takes requests. */
    public Optional<ReplicaRef> in(AdapterMemory memory, LiveRequest live) {
        return choose(live, accepting(memory));
    }

    /** Returns the replicas of a memory that take requests. */
    public List<ReplicaRef> accepting(AdapterMemory memory) {
        return pool.accepting(memory.replicas(), Set.of());
    }

    private Optional<ReplicaRef> choose(LiveRequest live, List<ReplicaRef> some) {
        return some.isEmpty()
                ? Optional.empty()
                : outlooks.choose(live, some).replica().map(pool::find);
    }
}

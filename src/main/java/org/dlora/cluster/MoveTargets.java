package org.dlora.cluster;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.ReplicaChoice;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Dispatch;
import org.dlora.scheduling.MemoryLoad;

/** Choice of the replica that takes over a request. */
record MoveTargets(ReplicaPool pool) {

    /**
     * Returns the least loaded replica, in a memory that has the request's adapter or room for it.
     *
     * @param leaves the replica that the request leaves
     * @return empty if no other replica can take it
     */
    Optional<ReplicaRef> outOf(ReplicaRef leaves, LiveRequest live) {
        var except = Set.of(leaves);
        if (!(live.request().adapter() instanceof AdapterRef.Adapter(var id))) {
            return leastLoaded(pool.accepting(pool.all(), except));
        }
        var options = new LinkedHashMap<MemoryLoad, AdapterMemory>();
        for (var memory : pool.memories()) {
            var load = memory.load(id);
            if (load.fits() && !pool.accepting(memory.replicas(), except).isEmpty()) {
                options.put(load, memory);
            }
        }
        return Dispatch.memory(options.keySet())
                .map(options::get)
                .flatMap(memory -> leastLoaded(pool.accepting(memory.replicas(), except)));
    }

    /** Returns the least loaded replica of a memory; empty if none takes requests. */
    Optional<ReplicaRef> in(AdapterMemory memory) {
        return leastLoaded(pool.accepting(memory.replicas(), Set.of()));
    }

    private static Optional<ReplicaRef> leastLoaded(List<ReplicaRef> some) {
        return some.isEmpty() ? Optional.empty() : Optional.of(ReplicaChoice.leastLoaded(some));
    }
}

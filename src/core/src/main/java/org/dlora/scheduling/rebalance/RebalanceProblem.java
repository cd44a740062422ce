package org.dlora.scheduling.rebalance;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;

/**
 * Replicas, adapters and unfinished requests at one moment.
 *
 * @param replicas replicas that serve
 * @param adapterBytes bytes for adapters of each memory, by its id
 * @param adapters all adapters that a request uses or a memory holds
 * @param requests their unfinished requests
 * @param swapSeconds seconds for each KV block beyond a replica's cache, as its tokens are computed
 *     again after a preemption
 */
public record RebalanceProblem(
        List<ReplicaSite> replicas,
        Map<String, Long> adapterBytes,
        List<AdapterCopies> adapters,
        List<RequestLoad> requests,
        double swapSeconds) {
    public RebalanceProblem {
        replicas = List.copyOf(replicas);
        adapterBytes = Map.copyOf(adapterBytes);
        adapters = List.copyOf(adapters);
        requests = List.copyOf(requests);
        if (!(swapSeconds >= 0) || swapSeconds == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "A KV block takes %s s to swap: expected a finite number of at least 0"
                            .formatted(swapSeconds));
        }
        var sites = new HashSet<String>();
        for (var replica : replicas) {
            once(sites, "replica", replica.id());
            known(adapterBytes.keySet(), "Replica " + replica.id(), "memory", replica.memory());
        }
        var ids = new HashSet<String>();
        for (var adapter : adapters) {
            once(ids, "adapter", adapter.id());
        }
        var seen = new HashSet<String>();
        for (var request : requests) {
            once(seen, "request", request.id());
            known(sites, "Request " + request.id(), "replica", request.replica());
            if (request.adapter() instanceof AdapterRef.Adapter(var id)) {
                known(ids, "Request " + request.id(), "adapter", id);
            }
        }
    }

    private static void once(Set<String> seen, String kind, String id) {
        if (!seen.add(id)) {
            throw new IllegalArgumentException(
                    "The problem lists %s %s twice: expected each once".formatted(kind, id));
        }
    }

    private static void known(Set<String> all, String who, String kind, String id) {
        if (!all.contains(id)) {
            throw new IllegalArgumentException(
                    "%s names %s %s, which the problem does not list".formatted(who, kind, id));
        }
    }
}

package org.dlora.cluster;

import java.util.LinkedHashMap;
import java.util.Set;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.cluster.residency.ReplicaChoice;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.FailureCode;
import org.dlora.replica.FinishReason;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SequenceUsage;
import org.dlora.replica.StepCounts;
import org.dlora.scheduling.Dispatch;
import org.dlora.scheduling.MemoryLoad;

/**
 * Dispatch of requests to replicas. A request of the base model goes to a replica at once; one of
 * an adapter goes to an {@link AdapterMemory}, and on to a replica when the adapter is resident. A
 * request whose replica has failed is dispatched again.
 */
final class RequestDispatch implements LiveRequest.Rescue {
    /** Replicas that may fail under one request before its failure is told. */
    private static final int MAX_RESCUES = 3;

    private final ReplicaPool pool;
    private volatile boolean stopped;

    RequestDispatch(ReplicaPool pool) {
        this.pool = pool;
    }

    /** Continues no more requests whose replicas end. */
    void stop() {
        stopped = true;
    }

    /**
     * Gives a request to a replica.
     *
     * @throws IllegalArgumentException if the request can never be served
     * @throws IllegalStateException if no replica takes requests
     */
    void dispatch(LiveRequest live) {
        dispatch(live, Set.of());
    }

    private void dispatch(LiveRequest live, Set<ReplicaRef> except) {
        var request = live.request();
        if (request.adapter().isBase()) {
            live.start(pool.choose(pool.all(), except), AdapterUse.NONE);
            return;
        }
        var memory = memory(request, except);
        pool.choose(memory.replicas(), except).check(request);
        memory.admit(client(live, except));
    }

    private AdapterClient client(LiveRequest live, Set<ReplicaRef> except) {
        return new AdapterClient() {
            @Override
            public GenerationRequest request() {
                return live.request();
            }

            @Override
            public void granted(AdapterUse use) {
                live.start(pool.chooseGranted(use.replicas(), except), use);
            }

            @Override
            public void failed(Failed event) {
                live.end(event);
            }

            @Override
            public void cancelled() {
                int prompt = live.request().prompt().length;
                var usage = new SequenceUsage(prompt, 0, live.outputTokens(), 0, StepCounts.NONE);
                live.end(new Finished(FinishReason.CANCELLED, "", null, usage));
            }
        };
    }

    /** Returns the memory whose replicas are to serve a request. */
    private AdapterMemory memory(GenerationRequest request, Set<ReplicaRef> except) {
        var options = new LinkedHashMap<MemoryLoad, AdapterMemory>();
        for (var memory : pool.memories()) {
            if (memory.isServing() && !pool.accepting(memory.replicas(), except).isEmpty()) {
                options.put(memory.load(request.adapter().toString()), memory);
            }
        }
        return Dispatch.memory(options.keySet())
                .map(options::get)
                .orElseThrow(ReplicaChoice::noneServes);
    }

    @Override
    public void rescue(LiveRequest live, ReplicaRef failed, Failed failure) {
        var except = Set.of(failed);
        boolean isAnyLeft = !pool.accepting(pool.all(), except).isEmpty();
        if (stopped || live.rescues() > MAX_RESCUES || (!isAnyLeft && failed.isServing())) {
            live.end(failure);
            return;
        }
        try {
            if (!isAnyLeft) {
                throw ReplicaChoice.noneServes();
            }
            var beside = pool.accepting(live.use().replicas(), except);
            if (beside.isEmpty()) {
                dispatch(live, except);
            } else {
                live.start(ReplicaChoice.leastLoaded(beside), live.use());
            }
        } catch (IllegalStateException | IllegalArgumentException e) {
            live.end(
                    new Failed(
                            FailureCode.NO_REPLICA,
                            "Replica %s has failed, and the request could not be continued: %s"
                                    .formatted(failed.id(), e.getMessage()),
                            failure.usage()));
        }
    }
}

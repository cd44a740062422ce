package org.dlora.cluster.dispatch;

import java.util.List;
import java.util.Set;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.FailureCode;
import org.dlora.replica.FinishReason;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SequenceUsage;
import org.dlora.replica.StepCounts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dispatch of requests to replicas, by {@link ReplicaOutlooks}. A request of the base model goes to
 * a replica at once; one of an adapter waits in the replica's adapter memory until the adapter is
 * resident. A request whose replica has failed is dispatched again.
 */
public final class RequestDispatch implements LiveRequest.Rescue {
    private static final Logger log = LoggerFactory.getLogger(RequestDispatch.class);

    /** Replicas that may fail under one request before its failure is told. */
    private static final int MAX_RESCUES = 3;

    private final ReplicaPool pool;
    private final ReplicaOutlooks outlooks;
    private final DispatchLog decisions = new DispatchLog();
    private volatile boolean stopped;

    public RequestDispatch(ReplicaPool pool, ReplicaOutlooks outlooks) {
        this.pool = pool;
        this.outlooks = outlooks;
    }

    /** Returns the last decisions. */
    public DispatchLog decisions() {
        return decisions;
    }

    /** Continues no more requests whose replicas end. */
    public void stop() {
        stopped = true;
    }

    /**
     * Gives a request to a replica.
     *
     * @throws IllegalArgumentException if the request can never be served
     * @throws IllegalStateException if no replica takes requests
     */
    public void dispatch(LiveRequest live) {
        dispatch(live, Set.of());
    }

    private void dispatch(LiveRequest live, Set<ReplicaRef> except) {
        var replica = choose(live, pool.all(), except);
        outlooks.expected(live, replica);
        if (live.request().adapter().isBase()) {
            start(live, replica, AdapterUse.NONE);
            return;
        }
        replica.check(live.request());
        live.await(replica);
        pool.memory(replica).admit(client(live, except, AdapterUse.NONE));
    }

    /** Has a request go on in another memory than that of {@code failed}. */
    private void dispatchElsewhere(LiveRequest live, ReplicaRef failed) {
        var adapter = live.request().adapter().toString();
        var files = pool.memory(failed).source(adapter);
        if (files.isEmpty()) {
            dispatch(live, Set.of(failed));
            return;
        }
        var replica = choose(live, pool.all(), Set.of(failed));
        outlooks.expected(live, replica);
        replica.check(live.request());
        live.await(replica);
        // The adapter stays where it was until it is here, as it may be copied from there.
        var left = live.leaveMemory();
        try {
            pool.memory(replica).readmit(client(live, Set.of(failed), left), files.get());
        } catch (RuntimeException | Error e) {
            left.close();
            throw e;
        }
    }

    private ReplicaRef choose(LiveRequest live, List<ReplicaRef> some, Set<ReplicaRef> except) {
        var accepting = pool.accepting(some, except);
        if (accepting.isEmpty()) {
            throw noneServes();
        }
        var decision = outlooks.choose(live, accepting);
        decisions.add(live, decision);
        if (log.isDebugEnabled()) {
            decision.reasons()
                    .forEach((id, why) ->
                            log.debug("Request {}: replica {} {}", live.id(), id, why));
        }
        // An adapter that fits nowhere is refused by a memory, in words.
        return decision.replica().map(pool::find).orElseGet(accepting::getFirst);
    }

    /**
     * Returns the replica for a request whose adapter was granted. That is a draining one where no
     * other replica of its memory takes requests, so that no request fails because of a drain.
     */
    private ReplicaRef chooseGranted(LiveRequest live, AdapterUse use, Set<ReplicaRef> except) {
        if (!pool.accepting(use.replicas(), except).isEmpty()) {
            return choose(live, use.replicas(), except);
        }
        return use.replicas().stream()
                .filter(replica -> replica.isServing() && !except.contains(replica))
                .findFirst()
                .orElseThrow(RequestDispatch::noneServes);
    }

    private static IllegalStateException noneServes() {
        return new IllegalStateException(
                "No replica is serving: the server is shutting down, or its log says why they ended");
    }

    private void start(LiveRequest live, ReplicaRef replica, AdapterUse use) {
        live.start(replica, use);
        outlooks.sent(live, replica);
    }

    /**
     * @param left use of the adapter in another memory, which ends with the wait
     */
    private AdapterClient client(LiveRequest live, Set<ReplicaRef> except, AdapterUse left) {
        return new AdapterClient() {
            @Override
            public GenerationRequest request() {
                return live.request();
            }

            @Override
            public void granted(AdapterUse use) {
                start(live, chooseGranted(live, use, except), use);
                closeElsewhere(left);
            }

            @Override
            public void failed(Failed event) {
                closeElsewhere(left);
                live.end(event);
            }

            @Override
            public void cancelled() {
                closeElsewhere(left);
                int prompt = live.request().prompt().length;
                var usage = new SequenceUsage(prompt, 0, live.outputTokens(), 0, StepCounts.NONE);
                live.end(new Finished(FinishReason.CANCELLED, "", null, usage));
            }
        };
    }

    /** Ends a use on a thread of its own, as the caller may have the lock of another memory. */
    private static void closeElsewhere(AdapterUse use) {
        if (use != AdapterUse.NONE) {
            Thread.ofVirtual().name("adapter-use").start(use::close);
        }
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
                throw noneServes();
            }
            var beside = pool.accepting(live.use().replicas(), except);
            if (beside.isEmpty()) {
                dispatchElsewhere(live, failed);
            } else {
                start(live, choose(live, beside, except), live.use());
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
